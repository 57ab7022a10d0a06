-- KEYS: a token bucket. ARGV: seconds a try. A bucket that is gone is full.
local full_at = number(KEYS[1])
if full_at then
  redis.call('SET', KEYS[1], string.format('%.0f', full_at - tonumber(ARGV[1])), 'KEEPTTL')
end
return {uncounted(), 1}

-- KEYS: a token bucket. ARGV: burst, seconds a try, now (s). The arithmetic of `idp_core::throttle::Bucket::take`:
-- answers 0, or how many seconds to wait.
local step, now = tonumber(ARGV[2]), tonumber(ARGV[3])
local whole = step * tonumber(ARGV[1])
local full_at = number(KEYS[1]) or 0
full_at = math.max(now, math.min(full_at, now + whole)) + step
local over = full_at - now - whole
if over > 0 then
  return {uncounted(), over}
end
redis.call('SET', KEYS[1], string.format('%.0f', full_at), 'EX', full_at - now + 60)
return {uncounted(), 0}

-- KEYS: family, presence. ARGV: generation and hash of the token presented; hash of its successor, now (s), the
-- sealed successor; lives of both keys (ms). One of many racers rotates; the others find a newer generation.
if not is(KEYS[1], 'hash') then
  return {uncounted(), 'missing'}
end
local current = redis.call('HMGET', KEYS[1], 'generation', 'hash')
if current[1] ~= ARGV[1] or current[2] ~= ARGV[2] then
  return {uncounted(), 'raced'}
end
redis.call('HSET', KEYS[1], 'hash', ARGV[3], 'issued_at', ARGV[4],
  'previous_hash', ARGV[2], 'replaced_at', ARGV[4], 'successor', ARGV[5])
redis.call('HINCRBY', KEYS[1], 'generation', 1)
redis.call('PEXPIRE', KEYS[1], ARGV[6])
if (number(KEYS[2]) or 0) < tonumber(ARGV[4]) then
  redis.call('SET', KEYS[2], ARGV[4], 'PX', ARGV[7])
end
return {counted(), 'rotated'}

-- KEYS: code. ARGV: now (s), for how long a second use is recognised (ms). Consumes it, once. A second use is noted:
-- the first request may not have opened the grant yet that must end now.
if not is(KEYS[1], 'hash') then
  return {uncounted(), 'unknown'}
end
if redis.call('HSETNX', KEYS[1], 'redeemed_at', ARGV[1]) == 0 then
  redis.call('HSET', KEYS[1], 'again', 1)
  return {counted(), 'again'}
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {counted(), 'first'}

-- KEYS: a token bucket. ARGV: burst, seconds a try, now (s), by how many seconds clocks may differ. The arithmetic of
-- `idp_core::throttle::Bucket::take`: answers 0, or how many seconds to wait. A bucket that is further ahead than an
-- empty one was written by a clock that was ahead; it is brought back, and stored also after a refusal.
local step, now, leeway = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local whole = step * tonumber(ARGV[1])
local stored = number(KEYS[1]) or 0
local full_at = math.max(now, math.min(stored, now + whole))
if stored > now + whole + leeway then
  full_at = now
end
local over = full_at + step - now - whole
if over <= 0 then
  full_at = full_at + step
end
if full_at ~= stored then
  redis.call('SET', KEYS[1], string.format('%.0f', full_at), 'EX', full_at - now + 60)
end
return {uncounted(), math.max(over, 0)}

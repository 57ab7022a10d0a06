-- KEYS: a number. ARGV: another, its life (ms; 0 for ever), the furthest time that is believed. The greater of both stays,
-- and the longer life. A number beyond the furthest is one that a clock that was ahead has written: it does not count.
local known = number(KEYS[1]) or 0
if known > tonumber(ARGV[3]) then
  known = 0
end
local life = tonumber(ARGV[2])
local left = redis.call('PTTL', KEYS[1])
if known > 0 and (left == -1 or left > life) then
  life = math.max(left, 0)
end
-- As text: a number of this size would be written with an exponent.
local greater = known > tonumber(ARGV[1]) and redis.call('GET', KEYS[1]) or ARGV[1]
if life > 0 then
  redis.call('SET', KEYS[1], greater, 'PX', life)
else
  redis.call('SET', KEYS[1], greater)
end
return {counted(), 1}

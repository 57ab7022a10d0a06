-- KEYS: family, presence. Answers the fields of the family in this order, and when its session was last used.
local fields = {false, false, false, false, false, false}
if is(KEYS[1], 'hash') then
  fields = redis.call('HMGET', KEYS[1], 'hash', 'generation', 'issued_at', 'previous_hash', 'replaced_at', 'answer')
end
fields[7] = is(KEYS[2], 'string') and redis.call('GET', KEYS[2])
return {uncounted(), fields}

-- KEYS: family, presence. Answers the family with the names of its fields, and when its session was last used.
local family = is(KEYS[1], 'hash') and redis.call('HGETALL', KEYS[1]) or {}
local last_seen = is(KEYS[2], 'string') and redis.call('GET', KEYS[2])
return {uncounted(), {family, last_seen}}

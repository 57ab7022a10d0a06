-- Stands before every other script. The last argument is the greatest count the calling node has seen, the last key
-- the count itself; -1 and no key where the count could not live beside every key (a Cluster, or the denylist
-- while it is being rewritten).
local seen = tonumber(ARGV[#ARGV])

local function is(key, kind)
  return redis.call('TYPE', key).ok == kind
end

-- The number under a key; nil for a value of any other kind.
local function number(key)
  return is(key, 'string') and tonumber(redis.call('GET', key)) or nil
end

-- A Redis that was emptied, restored or replaced by a replica has forgotten writes that were acknowledged.
if seen >= 0 and (number(KEYS[#KEYS]) or -1) < seen then
  return redis.error_reply('BEHIND this Redis has forgotten writes')
end

-- Counts a write; every answer begins with the count.
local function counted()
  return seen >= 0 and redis.call('INCR', KEYS[#KEYS]) or 0
end

-- What was there, for an answer that only reads.
local function uncounted()
  return math.max(seen, 0)
end

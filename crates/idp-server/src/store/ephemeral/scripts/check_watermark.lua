-- KEYS: a mark of the watermark. ARGV: where SQL remembers it. Whether this Redis still holds everything up to there.
local mark = number(KEYS[1])
return {uncounted(), mark and mark >= tonumber(ARGV[1]) and 'kept' or 'lost'}

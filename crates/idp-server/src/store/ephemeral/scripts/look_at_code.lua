-- KEYS: code. Answers what it stands for, when it was redeemed and whether it came again; or three times nothing.
if not is(KEYS[1], 'hash') then
  return {uncounted(), {false, false, false}}
end
return {uncounted(), redis.call('HMGET', KEYS[1], 'code', 'redeemed_at', 'again')}

-- KEYS: presence. Answers when the session was last used, or nothing.
return {uncounted(), is(KEYS[1], 'string') and redis.call('GET', KEYS[1])}

-- KEYS: a token bucket. Answers when it is full; 0 for one that is.
return {uncounted(), number(KEYS[1]) or 0}

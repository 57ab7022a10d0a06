-- KEYS: code. ARGV: what it stands for (JSON), its life (ms).
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'code', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {counted(), 1}

-- KEYS: family, presence. ARGV: hash of the first token, now (s), lives of both (ms). SQL holds the grant already, and
-- its primary key lets no grant come here twice.
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[1], 'hash', ARGV[1], 'generation', 0, 'issued_at', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[4])
return {counted(), 1}

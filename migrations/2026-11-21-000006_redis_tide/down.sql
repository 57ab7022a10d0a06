DROP TABLE redis_tide;

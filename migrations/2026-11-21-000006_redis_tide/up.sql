-- How far the Redis beside this database was known to hold everything, and the epoch of what it holds. One row.
CREATE TABLE redis_tide (
    name TEXT NOT NULL PRIMARY KEY,
    epoch BIGINT NOT NULL,
    at_ms BIGINT NOT NULL
);

DROP INDEX sessions_by_device;
DROP INDEX sessions_open_by_device;
ALTER TABLE sessions DROP COLUMN address;
ALTER TABLE sessions DROP COLUMN device_id;
DROP TABLE devices;

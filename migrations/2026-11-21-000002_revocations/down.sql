DROP TABLE feed_receipts;
DROP TABLE counters;
DROP TABLE revocations;

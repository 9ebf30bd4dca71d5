-- The events, with the column names that the `eventsourcing` library selects. AUTOINCREMENT, so that
-- a position is never used twice. `state` is the stored bytes, NULL once redacted.
CREATE TABLE IF NOT EXISTS stored_events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    originator_id TEXT NOT NULL,
    originator_version INTEGER NOT NULL,
    topic TEXT NOT NULL,
    state BLOB,
    UNIQUE (originator_id, originator_version)
);

-- For each event its index, counted from 0 without gaps; the salt of its commitment, NULL once redacted;
-- the commitment and the running digest (service/log/hashes.py), which a redaction leaves.
CREATE TABLE IF NOT EXISTS entries (
    position INTEGER PRIMARY KEY,
    idx INTEGER NOT NULL UNIQUE,
    salt BLOB,
    commitment BLOB,
    digest BLOB
);

-- Keys: names that can be stored once, each with a checksum.
CREATE TABLE IF NOT EXISTS marks (
    name TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    digest BLOB NOT NULL,
    checksum BLOB
) WITHOUT ROWID;

-- The version of this schema and the id of the log.
CREATE TABLE IF NOT EXISTS log_meta (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

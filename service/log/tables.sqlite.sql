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
-- the commitment and the running digest (service/log/hashes.py) and the time of its envelope, which a
-- redaction leaves.
CREATE TABLE IF NOT EXISTS entries (
    position INTEGER PRIMARY KEY,
    idx INTEGER NOT NULL UNIQUE,
    salt BLOB,
    commitment BLOB,
    digest BLOB,
    recorded_at TEXT
);

-- The tree over the entries (service/tree): the hash of each complete tile. Level 1 has one for every 256
-- entries, level 2 one for every 256 of level 1.
CREATE TABLE IF NOT EXISTS subtrees (
    level INTEGER NOT NULL,
    n INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (level, n)
) WITHOUT ROWID;

-- Signed sizes of the tree, and what others said about each: signatures of witnesses, time stamps.
CREATE TABLE IF NOT EXISTS checkpoints (
    size INTEGER PRIMARY KEY,
    note BLOB NOT NULL,
    signed_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS attachments (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    size INTEGER NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    value BLOB NOT NULL,
    added_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS attachments_sizes ON attachments (size);
CREATE INDEX IF NOT EXISTS attachments_kinds ON attachments (kind, name, n);
CREATE INDEX IF NOT EXISTS attachments_newest ON attachments (kind, n);

-- Keys: names that can be stored once, each with a checksum.
CREATE TABLE IF NOT EXISTS marks (
    name TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    digest BLOB NOT NULL,
    checksum BLOB
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS marks_positions ON marks (position);

-- The version of this schema and the id of the log, and whether it is the unfinished copy of one.
CREATE TABLE IF NOT EXISTS log_meta (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

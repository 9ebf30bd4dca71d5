-- The events, under the column names of the library that selects them. AUTOINCREMENT: a position
-- that was ever given is never given again. The state is the stored bytes, NULL once redacted.
CREATE TABLE IF NOT EXISTS stored_events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    originator_id TEXT NOT NULL,
    originator_version INTEGER NOT NULL,
    topic TEXT NOT NULL,
    state BLOB,
    UNIQUE (originator_id, originator_version)
);

-- What the verifiable log is built on: for each event its index, counted from 0 without a hole,
-- and the salt of its commitment, NULL once redacted.
CREATE TABLE IF NOT EXISTS entries (
    position INTEGER PRIMARY KEY,
    idx INTEGER NOT NULL UNIQUE,
    salt BLOB
);

CREATE TABLE IF NOT EXISTS marks (
    name TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    digest BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS log_meta (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

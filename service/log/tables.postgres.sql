-- The events, with the same column names as in SQLite. The appending session assigns positions, not
-- a sequence, because a sequence leaves gaps and its values are not committed in order. `state` is
-- the stored bytes, NULL once redacted.
CREATE TABLE IF NOT EXISTS stored_events (
    position bigint PRIMARY KEY,
    originator_id text COLLATE "C" NOT NULL,
    originator_version bigint NOT NULL,
    topic text COLLATE "C" NOT NULL,
    state bytea,
    UNIQUE (originator_id, originator_version)
);

-- For each event its index, counted from 0 without gaps; the salt of its commitment, NULL once redacted;
-- the commitment and the running digest (service/log/hashes.py), which a redaction leaves.
CREATE TABLE IF NOT EXISTS entries (
    position bigint PRIMARY KEY,
    idx bigint NOT NULL UNIQUE,
    salt bytea,
    commitment bytea,
    digest bytea
);

-- Keys: names that can be stored once, each with a checksum.
CREATE TABLE IF NOT EXISTS marks (
    name text COLLATE "C" PRIMARY KEY,
    position bigint NOT NULL,
    digest bytea NOT NULL,
    checksum bytea
);

-- The version of this schema, the secret and the id of the log.
CREATE TABLE IF NOT EXISTS log_meta (
    name text COLLATE "C" PRIMARY KEY,
    value bytea NOT NULL
);

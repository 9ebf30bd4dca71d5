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
-- the commitment and the running digest (service/log/hashes.py) and the time of its envelope, which a
-- redaction leaves.
CREATE TABLE IF NOT EXISTS entries (
    position bigint PRIMARY KEY,
    idx bigint NOT NULL UNIQUE,
    salt bytea,
    commitment bytea,
    digest bytea,
    recorded_at text COLLATE "C"
);

-- The tree over the entries (service/tree): the hash of each complete tile. Level 1 has one for every 256
-- entries, level 2 one for every 256 of level 1.
CREATE TABLE IF NOT EXISTS subtrees (
    level int NOT NULL,
    n bigint NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (level, n)
);

-- Signed sizes of the tree, and what others said about each: signatures of witnesses, time stamps.
CREATE TABLE IF NOT EXISTS checkpoints (
    size bigint PRIMARY KEY,
    note bytea NOT NULL,
    signed_at text NOT NULL
);
CREATE TABLE IF NOT EXISTS attachments (
    n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    size bigint NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    value bytea NOT NULL,
    added_at text NOT NULL
);
CREATE INDEX IF NOT EXISTS attachments_sizes ON attachments (size);
CREATE INDEX IF NOT EXISTS attachments_kinds ON attachments (kind, name, n);
CREATE INDEX IF NOT EXISTS attachments_newest ON attachments (kind, n);

-- Keys: names that can be stored once, each with a checksum.
CREATE TABLE IF NOT EXISTS marks (
    name text COLLATE "C" PRIMARY KEY,
    position bigint NOT NULL,
    digest bytea NOT NULL,
    checksum bytea
);
CREATE INDEX IF NOT EXISTS marks_positions ON marks (position);

-- The version of this schema, the secret and the id of the log, and whether it is the unfinished copy of
-- one.
CREATE TABLE IF NOT EXISTS log_meta (
    name text COLLATE "C" PRIMARY KEY,
    value bytea NOT NULL
);

-- Who began to write the log, and at which address it takes writes; the last row counts while the lock of
-- the log is held. Reader nodes send their writers there.
CREATE TABLE IF NOT EXISTS holders (
    n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    url text NOT NULL,
    since timestamptz NOT NULL DEFAULT now()
);

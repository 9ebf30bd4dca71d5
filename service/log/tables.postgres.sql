-- The events, under the same names as in SQLite. Positions are given by the one who appends, not
-- by a sequence: a sequence leaves holes, and commits out of its order. The state is the stored
-- bytes, NULL once redacted.
CREATE TABLE IF NOT EXISTS stored_events (
    position bigint PRIMARY KEY,
    originator_id text COLLATE "C" NOT NULL,
    originator_version bigint NOT NULL,
    topic text COLLATE "C" NOT NULL,
    state bytea,
    UNIQUE (originator_id, originator_version)
);

-- What the verifiable log is built on: for each event its index, counted from 0 without a hole,
-- and the salt of its commitment, NULL once redacted.
CREATE TABLE IF NOT EXISTS entries (
    position bigint PRIMARY KEY,
    idx bigint NOT NULL UNIQUE,
    salt bytea
);

CREATE TABLE IF NOT EXISTS marks (
    name text COLLATE "C" PRIMARY KEY,
    position bigint NOT NULL,
    digest bytea NOT NULL
);

CREATE TABLE IF NOT EXISTS log_meta (
    name text COLLATE "C" PRIMARY KEY,
    value bytea NOT NULL
);

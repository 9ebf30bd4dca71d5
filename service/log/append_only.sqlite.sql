-- The log is append-only: the database refuses to change or delete what was written.
--
-- These triggers protect against mistakes of any program that opens the file. Somebody with bad
-- intentions can drop a trigger or write to the file directly; the verifiable log is meant to reveal
-- that.
--
-- REPLACE needs a trigger of its own. Unless the writing connection has set
-- `PRAGMA recursive_triggers`, which a schema cannot do for it, REPLACE deletes the old row without
-- firing the delete trigger. Insert triggers always fire, and BEFORE triggers do so before the
-- conflict is resolved: so they refuse every insertion except the next one.

CREATE TRIGGER IF NOT EXISTS stored_events_insert BEFORE INSERT ON stored_events
WHEN NEW.position IS NOT (SELECT COALESCE(MAX(position), 0) + 1 FROM stored_events)
  OR NEW.state IS NULL
  OR EXISTS (SELECT 1 FROM stored_events WHERE originator_id = NEW.originator_id
             AND originator_version = NEW.originator_version)
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

CREATE TRIGGER IF NOT EXISTS stored_events_delete BEFORE DELETE ON stored_events
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

-- Redaction: the bytes are removed, the row stays, and a later event records it. Because that event
-- must be later, the last event of the log is never redacted, and its timestamp can be read.
CREATE INDEX IF NOT EXISTS redaction_events ON stored_events (position)
WHERE topic = 'EventRedacted';

CREATE VIEW IF NOT EXISTS redactions AS
SELECT position,
       CASE WHEN NOT json_valid(body) THEN NULL
            WHEN json_type(body, '$.data.position') = 'integer'
            THEN json_extract(body, '$.data.position') END AS redacted
FROM (SELECT position, CAST(state AS TEXT) AS body FROM stored_events
      WHERE topic = 'EventRedacted');

CREATE TRIGGER IF NOT EXISTS stored_events_update BEFORE UPDATE ON stored_events
WHEN NEW.state IS NOT NULL
  OR NEW.position IS NOT OLD.position
  OR NEW.originator_id IS NOT OLD.originator_id
  OR NEW.originator_version IS NOT OLD.originator_version
  OR NEW.topic IS NOT OLD.topic
  OR NOT EXISTS (SELECT 1 FROM redactions
                 WHERE redacted = OLD.position AND position > OLD.position)
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

CREATE TRIGGER IF NOT EXISTS entries_insert BEFORE INSERT ON entries
WHEN NEW.salt IS NULL OR NEW.commitment IS NULL OR NEW.digest IS NULL OR NEW.recorded_at IS NULL
  OR NOT COALESCE((SELECT NEW.position > position AND NEW.idx = idx + 1
                   FROM entries ORDER BY position DESC LIMIT 1),
                  NEW.position > 0 AND NEW.idx = 0)
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

CREATE TRIGGER IF NOT EXISTS entries_delete BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

CREATE TRIGGER IF NOT EXISTS entries_update BEFORE UPDATE ON entries
WHEN NEW.salt IS NOT NULL
  OR NEW.position IS NOT OLD.position
  OR NEW.idx IS NOT OLD.idx
  OR NEW.commitment IS NOT OLD.commitment
  OR NEW.digest IS NOT OLD.digest
  OR NEW.recorded_at IS NOT OLD.recorded_at
  OR NOT EXISTS (SELECT 1 FROM redactions
                 WHERE redacted = OLD.position AND position > OLD.position)
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

CREATE TRIGGER IF NOT EXISTS marks_insert BEFORE INSERT ON marks
WHEN NEW.checksum IS NULL OR EXISTS (SELECT 1 FROM marks WHERE name = NEW.name)
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

CREATE TRIGGER IF NOT EXISTS marks_delete BEFORE DELETE ON marks
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

CREATE TRIGGER IF NOT EXISTS marks_update BEFORE UPDATE ON marks
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

CREATE TRIGGER IF NOT EXISTS log_meta_insert BEFORE INSERT ON log_meta
WHEN EXISTS (SELECT 1 FROM log_meta WHERE name = NEW.name)
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

CREATE TRIGGER IF NOT EXISTS log_meta_delete BEFORE DELETE ON log_meta
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

CREATE TRIGGER IF NOT EXISTS log_meta_update BEFORE UPDATE ON log_meta
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

-- The next hash of its level, and of a tile that is complete.
CREATE TRIGGER IF NOT EXISTS subtrees_insert BEFORE INSERT ON subtrees
WHEN typeof(NEW.hash) IS NOT 'blob' OR length(NEW.hash) IS NOT 32 OR NEW.level NOT BETWEEN 1 AND 8
  OR NEW.n IS NOT (SELECT COALESCE(MAX(n), -1) + 1 FROM subtrees WHERE level = NEW.level)
  OR (NEW.n + 1) * 256 > CASE NEW.level
      WHEN 1 THEN (SELECT COALESCE(MAX(idx), -1) + 1 FROM entries)
      ELSE (SELECT COALESCE(MAX(n), -1) + 1 FROM subtrees WHERE level = NEW.level - 1) END
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

CREATE TRIGGER IF NOT EXISTS subtrees_delete BEFORE DELETE ON subtrees
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

CREATE TRIGGER IF NOT EXISTS subtrees_update BEFORE UPDATE ON subtrees
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

CREATE TRIGGER IF NOT EXISTS checkpoints_insert BEFORE INSERT ON checkpoints
WHEN NEW.size IS NULL OR NEW.size < 0 OR typeof(NEW.note) IS NOT 'blob'
  OR NEW.size <= (SELECT COALESCE(MAX(size), -1) FROM checkpoints)
  OR NEW.size > (SELECT COALESCE(MAX(idx), -1) + 1 FROM entries)
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

CREATE TRIGGER IF NOT EXISTS checkpoints_delete BEFORE DELETE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

CREATE TRIGGER IF NOT EXISTS checkpoints_update BEFORE UPDATE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

-- SQLite sets the number after this trigger: a number that is given must be the next one all the same.
CREATE TRIGGER IF NOT EXISTS attachments_insert BEFORE INSERT ON attachments
WHEN NEW.n NOT IN (-1, (SELECT COALESCE(MAX(n), 0) + 1 FROM attachments))
  OR NEW.kind NOT IN ('cosignature', 'timestamp', 'keys', 'cose') OR typeof(NEW.value) IS NOT 'blob'
  OR NOT EXISTS (SELECT 1 FROM checkpoints WHERE size = NEW.size)
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

CREATE TRIGGER IF NOT EXISTS attachments_delete BEFORE DELETE ON attachments
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

CREATE TRIGGER IF NOT EXISTS attachments_update BEFORE UPDATE ON attachments
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

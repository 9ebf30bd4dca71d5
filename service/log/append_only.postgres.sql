-- The log is append-only: the database refuses to change or delete what was written.
--
-- These triggers protect against mistakes of any program that connects, and fire for replication
-- roles as well. The owner of the tables can drop a trigger; the verifiable log is meant to reveal
-- that. A role that has only SELECT and INSERT cannot drop one, and can still append.
--
-- Functions look up names in the schema of the log, whatever the search path of the session is.

CREATE OR REPLACE FUNCTION intellog_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;

-- A session that appends holds the lock of the log until its transaction ends, so that positions
-- become visible in order. The service holds it as long as it runs (LOCK in postgres_sessions.py):
-- this is the same lock.
CREATE OR REPLACE FUNCTION intellog_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock(1768714087, hashtext(TG_TABLE_SCHEMA)) THEN
        RAISE EXCEPTION 'the log is append-only, and another session appends'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

-- After the statement, over all its rows: checking each row alone would cost more than storing it.
CREATE OR REPLACE FUNCTION intellog_next_events() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
DECLARE
    first bigint; last bigint; rows bigint; bodies bigint;
BEGIN
    SELECT min(position), max(position), count(*), count(state)
    INTO first, last, rows, bodies FROM fresh;
    IF rows > 0 AND (bodies < rows OR last - first + 1 <> rows OR first <> 1 + COALESCE(
        (SELECT max(position) FROM stored_events WHERE position < first), 0)) THEN
        RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION intellog_next_entries() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
DECLARE
    first bigint; first_idx bigint; rows bigint; seals bigint; ordered boolean;
BEGIN
    SELECT min(position), min(idx), count(*),
           count(*) FILTER (WHERE salt IS NOT NULL AND commitment IS NOT NULL AND digest IS NOT NULL),
           bool_and(idx - place = least)
    INTO first, first_idx, rows, seals, ordered
    FROM (SELECT *, row_number() OVER (ORDER BY position) - 1 AS place, min(idx) OVER () AS least
          FROM fresh) AS placed;
    IF rows > 0 AND (seals < rows OR NOT ordered OR first < 1
        OR (SELECT count(*) FROM entries WHERE position >= first) <> rows
        OR first_idx <> 1 + COALESCE(
            (SELECT idx FROM entries WHERE position < first ORDER BY position DESC LIMIT 1), -1)
    ) THEN
        RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

-- Redaction: the bytes are removed, the row stays, and a later event records it. Because that event
-- must be later, the last event of the log is never redacted, and its timestamp can be read. What is
-- removed from a row leaves the file with the next VACUUM, and the WAL when its segments are recycled.
CREATE INDEX IF NOT EXISTS redaction_events ON stored_events (position)
WHERE topic = 'EventRedacted';

CREATE OR REPLACE FUNCTION intellog_named_position(body bytea) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    named json;
BEGIN
    named := convert_from(body, 'UTF8')::json -> 'data' -> 'position';
    IF json_typeof(named) = 'number' AND named::text ~ '^[0-9]+$' THEN
        RETURN named::text::bigint;
    END IF;
    RETURN NULL;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END $$;

CREATE OR REPLACE VIEW redactions AS
SELECT position, intellog_named_position(state) AS redacted
FROM stored_events WHERE topic = 'EventRedacted';

CREATE OR REPLACE FUNCTION intellog_redact_event() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    IF NEW.state IS NOT NULL
        OR NEW.position IS DISTINCT FROM OLD.position
        OR NEW.originator_id IS DISTINCT FROM OLD.originator_id
        OR NEW.originator_version IS DISTINCT FROM OLD.originator_version
        OR NEW.topic IS DISTINCT FROM OLD.topic
        OR NOT EXISTS (SELECT 1 FROM redactions
                       WHERE redacted = OLD.position AND position > OLD.position) THEN
        RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION intellog_redact_entry() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    IF NEW.salt IS NOT NULL
        OR NEW.position IS DISTINCT FROM OLD.position
        OR NEW.idx IS DISTINCT FROM OLD.idx
        OR NEW.commitment IS DISTINCT FROM OLD.commitment
        OR NEW.digest IS DISTINCT FROM OLD.digest
        OR NOT EXISTS (SELECT 1 FROM redactions
                       WHERE redacted = OLD.position AND position > OLD.position) THEN
        RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER intellog_insert BEFORE INSERT ON stored_events
FOR EACH STATEMENT EXECUTE FUNCTION intellog_hold();
CREATE OR REPLACE TRIGGER intellog_inserted AFTER INSERT ON stored_events
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION intellog_next_events();
CREATE OR REPLACE TRIGGER intellog_update BEFORE UPDATE ON stored_events
FOR EACH ROW EXECUTE FUNCTION intellog_redact_event();
CREATE OR REPLACE TRIGGER intellog_remove BEFORE DELETE OR TRUNCATE ON stored_events
FOR EACH STATEMENT EXECUTE FUNCTION intellog_refuse();

CREATE OR REPLACE TRIGGER intellog_insert BEFORE INSERT ON entries
FOR EACH STATEMENT EXECUTE FUNCTION intellog_hold();
CREATE OR REPLACE TRIGGER intellog_inserted AFTER INSERT ON entries
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION intellog_next_entries();
CREATE OR REPLACE TRIGGER intellog_update BEFORE UPDATE ON entries
FOR EACH ROW EXECUTE FUNCTION intellog_redact_entry();
CREATE OR REPLACE TRIGGER intellog_remove BEFORE DELETE OR TRUNCATE ON entries
FOR EACH STATEMENT EXECUTE FUNCTION intellog_refuse();

CREATE OR REPLACE TRIGGER intellog_insert BEFORE INSERT ON marks
FOR EACH STATEMENT EXECUTE FUNCTION intellog_hold();
CREATE OR REPLACE TRIGGER intellog_remove BEFORE UPDATE OR DELETE OR TRUNCATE ON marks
FOR EACH STATEMENT EXECUTE FUNCTION intellog_refuse();

CREATE OR REPLACE TRIGGER intellog_remove BEFORE UPDATE OR DELETE OR TRUNCATE ON log_meta
FOR EACH STATEMENT EXECUTE FUNCTION intellog_refuse();

ALTER TABLE stored_events ENABLE ALWAYS TRIGGER intellog_insert;
ALTER TABLE stored_events ENABLE ALWAYS TRIGGER intellog_inserted;
ALTER TABLE stored_events ENABLE ALWAYS TRIGGER intellog_update;
ALTER TABLE stored_events ENABLE ALWAYS TRIGGER intellog_remove;
ALTER TABLE entries ENABLE ALWAYS TRIGGER intellog_insert;
ALTER TABLE entries ENABLE ALWAYS TRIGGER intellog_inserted;
ALTER TABLE entries ENABLE ALWAYS TRIGGER intellog_update;
ALTER TABLE entries ENABLE ALWAYS TRIGGER intellog_remove;
ALTER TABLE marks ENABLE ALWAYS TRIGGER intellog_insert;
ALTER TABLE marks ENABLE ALWAYS TRIGGER intellog_remove;
ALTER TABLE log_meta ENABLE ALWAYS TRIGGER intellog_remove;

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
           count(*) FILTER (WHERE salt IS NOT NULL AND commitment IS NOT NULL AND digest IS NOT NULL
                            AND recorded_at IS NOT NULL),
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

-- The next hashes of each level, and of tiles that are complete. What one statement stores is there when
-- this looks: the entries and all levels.
CREATE OR REPLACE FUNCTION intellog_next_subtrees() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
DECLARE
    stored record;
BEGIN
    FOR stored IN SELECT level, min(n) AS first, max(n) AS last, count(*) AS rows,
                         bool_and(length(hash) = 32) AS hashes FROM fresh GROUP BY level LOOP
        IF stored.level NOT BETWEEN 1 AND 8 OR NOT stored.hashes
            OR stored.last - stored.first + 1 <> stored.rows
            OR (SELECT max(n) FROM subtrees WHERE level = stored.level) <> stored.last
            OR stored.first <> 1 + COALESCE((SELECT max(n) FROM subtrees
                WHERE level = stored.level AND n < stored.first), -1)
            OR (stored.last + 1) * 256 > (CASE stored.level
                WHEN 1 THEN (SELECT COALESCE(max(idx), -1) + 1 FROM entries)
                ELSE (SELECT COALESCE(max(n), -1) + 1 FROM subtrees WHERE level = stored.level - 1)
                END) THEN
            RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION intellog_next_checkpoint() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    IF NEW.size < 0 OR NEW.size <= (SELECT COALESCE(max(size), -1) FROM checkpoints)
        OR NEW.size > (SELECT COALESCE(max(idx), -1) + 1 FROM entries) THEN
        RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION intellog_next_attachment() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    IF NEW.kind NOT IN ('cosignature', 'timestamp', 'keys', 'cose')
        OR NEW.n <= (SELECT COALESCE(max(n), 0) FROM attachments)
        OR NOT EXISTS (SELECT 1 FROM checkpoints WHERE size = NEW.size) THEN
        RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
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
        OR NEW.recorded_at IS DISTINCT FROM OLD.recorded_at
        OR NOT EXISTS (SELECT 1 FROM redactions
                       WHERE redacted = OLD.position AND position > OLD.position) THEN
        RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

-- The role of the service may not update these tables. It may call this, which does so as their owner,
-- under the same triggers: what no stored event names stays.
CREATE OR REPLACE FUNCTION intellog_destroy(positions bigint[]) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
    UPDATE stored_events SET state = NULL WHERE position = ANY(positions);
    UPDATE entries SET salt = NULL WHERE position = ANY(positions);
$$;
REVOKE ALL ON FUNCTION intellog_destroy(bigint[]) FROM PUBLIC;

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

CREATE OR REPLACE TRIGGER intellog_insert BEFORE INSERT ON subtrees
FOR EACH STATEMENT EXECUTE FUNCTION intellog_hold();
CREATE OR REPLACE TRIGGER intellog_inserted AFTER INSERT ON subtrees
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION intellog_next_subtrees();
CREATE OR REPLACE TRIGGER intellog_remove BEFORE UPDATE OR DELETE OR TRUNCATE ON subtrees
FOR EACH STATEMENT EXECUTE FUNCTION intellog_refuse();

CREATE OR REPLACE TRIGGER intellog_insert BEFORE INSERT ON checkpoints
FOR EACH STATEMENT EXECUTE FUNCTION intellog_hold();
CREATE OR REPLACE TRIGGER intellog_next BEFORE INSERT ON checkpoints
FOR EACH ROW EXECUTE FUNCTION intellog_next_checkpoint();
CREATE OR REPLACE TRIGGER intellog_remove BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoints
FOR EACH STATEMENT EXECUTE FUNCTION intellog_refuse();

CREATE OR REPLACE TRIGGER intellog_insert BEFORE INSERT ON attachments
FOR EACH STATEMENT EXECUTE FUNCTION intellog_hold();
CREATE OR REPLACE TRIGGER intellog_next BEFORE INSERT ON attachments
FOR EACH ROW EXECUTE FUNCTION intellog_next_attachment();
CREATE OR REPLACE TRIGGER intellog_remove BEFORE UPDATE OR DELETE OR TRUNCATE ON attachments
FOR EACH STATEMENT EXECUTE FUNCTION intellog_refuse();

CREATE OR REPLACE TRIGGER intellog_remove BEFORE UPDATE OR DELETE OR TRUNCATE ON log_meta
FOR EACH STATEMENT EXECUTE FUNCTION intellog_refuse();

CREATE OR REPLACE TRIGGER intellog_insert BEFORE INSERT ON holders
FOR EACH STATEMENT EXECUTE FUNCTION intellog_hold();
CREATE OR REPLACE TRIGGER intellog_remove BEFORE UPDATE OR DELETE OR TRUNCATE ON holders
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
ALTER TABLE subtrees ENABLE ALWAYS TRIGGER intellog_insert;
ALTER TABLE subtrees ENABLE ALWAYS TRIGGER intellog_inserted;
ALTER TABLE subtrees ENABLE ALWAYS TRIGGER intellog_remove;
ALTER TABLE checkpoints ENABLE ALWAYS TRIGGER intellog_insert;
ALTER TABLE checkpoints ENABLE ALWAYS TRIGGER intellog_next;
ALTER TABLE checkpoints ENABLE ALWAYS TRIGGER intellog_remove;
ALTER TABLE attachments ENABLE ALWAYS TRIGGER intellog_insert;
ALTER TABLE attachments ENABLE ALWAYS TRIGGER intellog_next;
ALTER TABLE attachments ENABLE ALWAYS TRIGGER intellog_remove;
ALTER TABLE log_meta ENABLE ALWAYS TRIGGER intellog_remove;
ALTER TABLE holders ENABLE ALWAYS TRIGGER intellog_insert;
ALTER TABLE holders ENABLE ALWAYS TRIGGER intellog_remove;

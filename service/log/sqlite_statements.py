"""The statements of the SQLite recorder."""

from service.log.hashes import SALT_BYTES

CHUNK = 500
MANY = 20
FEW = 4
WIPE_MILLISECONDS = 200
INSERT_EVENT = (
    "INSERT INTO stored_events (position, originator_id, originator_version, topic, state)"
    " VALUES (?, ?, ?, ?, ?)"
)
# SQLite prepares for a trigger that may abort once per statement, so rows that share one are cheaper.
INSERT_MANY_EVENTS = INSERT_EVENT + ", (?, ?, ?, ?, ?)" * (MANY - 1)
INSERT_ENTRY = (
    "INSERT INTO entries (position, idx, salt, commitment, digest, recorded_at)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
# A series costs as much as three rows by themselves, and then nearly nothing for each.
INSERT_ENTRIES = """
    INSERT INTO entries (position, idx, salt, commitment, digest, recorded_at)
    WITH RECURSIVE series (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM series WHERE n + 1 < ?1)
    SELECT ?2 + n, ?2 + n - 1, substr(?3, 32 * n + 1, 32), substr(?4, 32 * n + 1, 32),
           substr(?5, 32 * n + 1, 32), rtrim(CAST(substr(?6, 27 * n + 1, 27) AS TEXT)) FROM series"""
SELECT_STORED = (
    "SELECT position, topic, originator_id, originator_version, COALESCE(state, x''), salt, commitment"
    " FROM stored_events LEFT JOIN entries USING (position) "
)
# As `packed` packs them. Comparisons with an empty blob or text are of kinds: numbers, text, blobs.
SELECT_PACKED = f"""
    SELECT n, lines, names, m, seals FROM (
        SELECT COUNT(*) AS n,
            CAST(?3 || (?1 + 1) || ',' || group_concat(substr(state, 2), x'0a' || ?3 || position || ',')
                || x'0a' AS BLOB) AS lines,
            CAST(group_concat(topic || x'0a' || originator_id || x'0a' || originator_version, x'0a')
                || x'0a' AS BLOB) AS names
        FROM stored_events WHERE position > ?1 AND position <= ?2 AND state >= x'7b' AND state < x'7c'
            AND topic < x'' AND originator_id < x'' AND originator_version < ''
    ), (
        SELECT COUNT(*) AS m, CAST(group_concat(salt || commitment, '') AS BLOB) AS seals
        FROM entries WHERE position > ?1 AND position <= ?2
            AND salt >= x'' AND length(salt) = {SALT_BYTES}
            AND commitment >= x'' AND length(commitment) = {SALT_BYTES}
    )"""
SELECT_HEADS = (
    "SELECT column1, (SELECT COALESCE(MAX(originator_version), 0) FROM stored_events"
    " WHERE originator_id = column1) FROM (VALUES {})"
)
SELECT_KEYS = "SELECT name, position, digest, checksum FROM marks "
INSERT_KEY = "INSERT INTO marks (name, position, digest, checksum) VALUES (?, ?, ?, ?)"
INSERT_META = (
    "INSERT INTO log_meta (name, value) SELECT ?1, ?2"
    " WHERE NOT EXISTS (SELECT 1 FROM log_meta WHERE name = ?1)"
)
SELECT_HEAD = "SELECT COALESCE(MAX(position), 0) FROM stored_events"
SELECT_TIP = (
    f"SELECT ({SELECT_HEAD}),"
    " (SELECT COALESCE(MAX(idx), -1) FROM entries), (SELECT COALESCE(MAX(position), 0) FROM entries),"
    " (SELECT digest FROM entries ORDER BY position DESC LIMIT 1)"
)

SELECT_EVENTS = (
    "SELECT position, topic, originator_id, originator_version, state FROM stored_events"
    " WHERE position > ? AND position <= ? ORDER BY position"
)
SELECT_GONE = (
    "SELECT redacted FROM redactions JOIN stored_events AS gone ON gone.position = redacted"
    " WHERE gone.state IS NULL"
)
BY_PLACE = """
    SELECT i.position FROM stored_events AS i INDEXED BY sqlite_autoindex_stored_events_1
    WHERE i.originator_id = t.originator_id AND i.originator_version = t.originator_version"""
SELECT_MISPLACED = f"""
    SELECT t.position FROM stored_events AS t WHERE t.position > ?1 AND t.position <= ?2 AND (
        t.position IS NOT ({BY_PLACE})
        OR (t.originator_version > 1 AND NOT COALESCE(({BY_PLACE} - 1) < t.position, FALSE)))
    UNION
    SELECT t.position FROM entries AS t WHERE t.position > ?1 AND t.position <= ?2
    AND t.position IS NOT (SELECT i.position FROM entries AS i INDEXED BY sqlite_autoindex_entries_1
                           WHERE i.idx = t.idx)
    ORDER BY 1"""
PROGRESS_STEPS = 100_000
"""Number of steps of SQLite's machine after which a check of the file looks whether it is stopped."""

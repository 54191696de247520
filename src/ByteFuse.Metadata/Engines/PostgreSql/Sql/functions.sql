-- All that a mounted volume calls. Each is one statement to its caller, so that no transaction outlives a call and no session holds
-- state: a pooler that hands out a server per transaction is in nobody's way. Made anew by every migration.
-- What stands between two @ is put in by PostgresSchema: the volume's schema, and what ServerDialect has.

-- The rows of keys and the deltas that belong to them, from one snapshot.
CREATE OR REPLACE FUNCTION @schema@.read_keys(p_keys bytea[])
RETURNS TABLE (key bytea, version bigint, value bytea, is_delta boolean) LANGUAGE plpgsql @settings@ AS $body$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT r.key, r.version, r.value, false FROM @schema@.rows r WHERE r.key = ANY (p_keys)
        UNION ALL
        SELECT d.key, d.version, d.changes, true FROM @schema@.deltas d WHERE d.key = ANY (p_keys)
        ORDER BY 4, 2;
END
$body$;

-- At most p_limit rows from p_from on and below p_below, in order, each before its deltas.
CREATE OR REPLACE FUNCTION @schema@.scan_keys(p_from bytea, p_below bytea, p_limit int, p_values boolean)
RETURNS TABLE (key bytea, version bigint, value bytea, is_delta boolean) LANGUAGE plpgsql @settings@ AS $body$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        WITH page AS MATERIALIZED (
            SELECT r.key, r.version, CASE WHEN p_values THEN r.value ELSE ''::bytea END AS value
            FROM @schema@.rows r WHERE r.key >= p_from AND r.key < p_below ORDER BY r.key LIMIT p_limit)
        SELECT p.key, p.version, p.value, false FROM page p
        UNION ALL
        SELECT d.key, d.version, d.changes, true FROM @schema@.deltas d
        WHERE d.key >= p_from AND d.key <= (SELECT p.key FROM page p ORDER BY p.key DESC LIMIT 1)
        ORDER BY 1, 4, 2;
END
$body$;

-- Commits, one after the other, in one transaction. Of each the outcome: -1 where it was applied, else the precondition that failed.
-- o_state: 0 answered, 1 the client may not commit (any more), 2 the batch was followed by a later one, 3 the server does not have
-- what it once acknowledged. The conditions of commit c are those from ends[c - 1] + 1 to ends[c], and so on.
CREATE OR REPLACE FUNCTION @schema@.commit_batch(
    p_client uuid, p_number bigint, p_acknowledged bigint, p_locks bigint[], p_exclusive boolean[],
    p_condition_ends int[], p_kinds smallint[], p_condition_keys bytea[], p_condition_versions bigint[],
    p_put_ends int[], p_put_keys bytea[], p_put_values bytea[],
    p_delete_ends int[], p_delete_keys bytea[],
    p_add_ends int[], p_add_keys bytea[], p_add_changes bytea[],
    OUT o_state int, OUT o_outcomes int[], OUT o_version bigint, OUT o_server text) LANGUAGE plpgsql @settings@ AS $body$
#variable_conflict use_column
DECLARE
    v_number bigint;
    v_failed int;
    v_applied boolean := false;
    v_conditions int := 0;
    v_puts int := 0;
    v_deletes int := 0;
    v_adds int := 0;
BEGIN
    o_server := @server@;
    -- First of all: a batch that comes again waits here until the first one of it has ended, wherever that still runs.
    SELECT l.number, l.outcomes, l.version INTO v_number, o_outcomes, o_version FROM @schema@.clients l WHERE l.client = p_client FOR UPDATE;
    o_state := CASE WHEN v_number IS NULL THEN 1 WHEN v_number > p_number THEN 2 WHEN v_number < p_acknowledged THEN 3 ELSE 0 END;
    IF o_state > 0 OR v_number = p_number THEN RETURN; END IF;
    o_outcomes := '{}';
    o_version := 0;
    @lock@
    -- Each of these statements has a snapshot of its own, taken after all locks are held.
    FOR c IN 1..cardinality(p_condition_ends) LOOP
        v_failed := NULL;
        IF p_condition_ends[c] > v_conditions THEN
            SELECT min(n.place) INTO v_failed
            FROM unnest(p_kinds[v_conditions + 1:p_condition_ends[c]], p_condition_keys[v_conditions + 1:p_condition_ends[c]],
                    p_condition_versions[v_conditions + 1:p_condition_ends[c]]) WITH ORDINALITY AS n (kind, key, version, place)
                LEFT JOIN @schema@.rows r ON r.key = n.key
            WHERE CASE n.kind
                WHEN 0 THEN r.key IS NULL
                WHEN 1 THEN r.key IS NOT NULL
                WHEN 2 THEN r.version + (SELECT count(*) FROM @schema@.deltas d WHERE d.key = n.key) = n.version
                ELSE coalesce((SELECT substring(x.key FOR length(n.key)) <> n.key FROM @schema@.rows x WHERE x.key >= n.key ORDER BY x.key LIMIT 1), true)
                END IS NOT TRUE;
        END IF;
        IF v_failed IS NULL THEN
            v_applied := true;
            o_version := nextval('@schema@.versions') << 16;
            IF p_delete_ends[c] > v_deletes THEN
                DELETE FROM @schema@.deltas d WHERE d.key = ANY (p_delete_keys[v_deletes + 1:p_delete_ends[c]]);
                DELETE FROM @schema@.rows r WHERE r.key = ANY (p_delete_keys[v_deletes + 1:p_delete_ends[c]]);
            END IF;
            IF p_put_ends[c] > v_puts THEN
                DELETE FROM @schema@.deltas d WHERE d.key = ANY (p_put_keys[v_puts + 1:p_put_ends[c]]);
                INSERT INTO @schema@.rows (key, version, value)
                    SELECT n.key, o_version, n.value
                    FROM unnest(p_put_keys[v_puts + 1:p_put_ends[c]], p_put_values[v_puts + 1:p_put_ends[c]]) AS n (key, value)
                    ON CONFLICT (key) DO UPDATE SET version = excluded.version, value = excluded.value;
            END IF;
            IF p_add_ends[c] > v_adds THEN
                -- In the order of keys, as every client has them: two that add to the same new counters do not wait for each other.
                INSERT INTO @schema@.rows (key, version, value)
                    SELECT n.key, o_version, ''::bytea FROM unnest(p_add_keys[v_adds + 1:p_add_ends[c]]) AS n (key)
                    ON CONFLICT (key) DO NOTHING;
                INSERT INTO @schema@.deltas (key, version, changes)
                    SELECT n.key, o_version, n.changes
                    FROM unnest(p_add_keys[v_adds + 1:p_add_ends[c]], p_add_changes[v_adds + 1:p_add_ends[c]]) AS n (key, changes);
            END IF;
        END IF;
        o_outcomes := o_outcomes || coalesce(v_failed - 1, -1);
        v_conditions := p_condition_ends[c];
        v_puts := p_put_ends[c];
        v_deletes := p_delete_ends[c];
        v_adds := p_add_ends[c];
    END LOOP;
    IF NOT v_applied THEN RETURN; END IF;
    UPDATE @schema@.clients l SET number = p_number, outcomes = o_outcomes, version = o_version WHERE l.client = p_client;
    -- What is answered is durable: a server, or a role, for which commits are not by default makes an exception.
    IF current_setting('synchronous_commit') = 'off' THEN PERFORM set_config('synchronous_commit', 'local', true); END IF;
END
$body$;

-- Puts deltas that somebody has read into the value of their row, unless that has changed. Readers see no difference: the version that
-- they make of the row's and the number of deltas stays the same.
CREATE OR REPLACE FUNCTION @schema@.fold_deltas(
    p_locks bigint[], p_exclusive boolean[], p_key bytea, p_version bigint, p_deltas bigint[], p_value bytea)
RETURNS boolean LANGUAGE plpgsql @settings@ AS $body$
#variable_conflict use_column
BEGIN
    @lock@
    UPDATE @schema@.rows r SET version = p_version + cardinality(p_deltas), value = p_value WHERE r.key = p_key AND r.version = p_version;
    IF NOT FOUND THEN RETURN false; END IF;
    DELETE FROM @schema@.deltas d WHERE d.key = p_key AND d.version = ANY (p_deltas);
    -- Nobody waits for it, and a power cut that takes it back takes nothing.
    PERFORM set_config('synchronous_commit', 'off', true);
    RETURN true;
END
$body$;

-- Lets a client commit. With p_fence nobody else may from then on: it waits for commits that are running, and later ones find no row.
CREATE OR REPLACE FUNCTION @schema@.begin_client(p_client uuid, p_fence boolean) RETURNS text LANGUAGE plpgsql @settings@ AS $body$
#variable_conflict use_column
BEGIN
    IF p_fence THEN DELETE FROM @schema@.clients l WHERE l.client <> p_client; END IF;
    INSERT INTO @schema@.clients (client, number, outcomes, version) VALUES (p_client, 0, '{}', 0) ON CONFLICT (client) DO NOTHING;
    RETURN @server@;
END
$body$;

namespace ByteFuse.Metadata.PostgreSql;

/// <summary>
/// What of the SQL is PostgreSQL's own: everything else is tables, bytea, arrays, ON CONFLICT, common table expressions and PL/pgSQL
/// functions, which YugabyteDB and CockroachDB have too. docs/postgresql.md lists what they would need here; on neither has the
/// contract suite run.
/// </summary>
internal static class ServerDialect
{
    /// <summary>
    /// A statement that takes locks until the end of the transaction, in the order of the array. Advisory locks write nothing, and
    /// there are some for keys that have no row yet. CockroachDB has none that work: there a commit would run SERIALIZABLE without
    /// this statement and be tried again after 40001, which the engine does.
    /// </summary>
    public const string Lock = """
        PERFORM count(CASE WHEN l.exclusive THEN pg_advisory_xact_lock(l.id)::text ELSE pg_advisory_xact_lock_shared(l.id)::text END)
                FROM unnest(p_locks, p_exclusive) AS l (id, exclusive);
        """;

    /// <summary>
    /// An expression that changes when another server has taken over, and is empty on one that only follows: the timeline of the
    /// write-ahead log, which each promotion raises. A constant where the servers agree among each other (YugabyteDB, CockroachDB).
    /// </summary>
    public const string Server = "CASE WHEN pg_is_in_recovery() THEN '' ELSE substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) END";

    /// <summary>
    /// Attributes of functions. Their plans are made when tables may be empty and are kept while these grow: only index scans and
    /// nested loops stay right. YugabyteDB and CockroachDB plan by other rules, and the latter takes no SET here.
    /// </summary>
    public const string FunctionSettings =
        "SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off SET plan_cache_mode = force_generic_plan";

    /// <summary>Keeps two from changing a schema at once; until the end of the transaction.</summary>
    public const string MigrationLock = "SELECT pg_advisory_xact_lock(4919271523)";
}

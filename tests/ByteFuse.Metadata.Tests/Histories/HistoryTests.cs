using ByteFuse.Metadata.Memory;
using ByteFuse.Metadata.RocksDb;
using ByteFuse.Metadata.Tests.PostgreSql;
using ByteFuse.Testing;

namespace ByteFuse.Metadata.Tests.Histories;

/// <summary>The contract is linearizable: what clients saw at once, they could have seen one after the other.</summary>
public sealed class HistoryTests(ITestOutputHelper output)
{
    private const int Nodes = 3;

    [Fact]
    public void Histories_of_the_memory_engine_are_linearizable()
    {
        using var host = new StoreHost(_ => new MemoryMetadataStore());
        Check(host, 50);
    }

    [Fact]
    public void Histories_of_RocksDB_are_linearizable()
    {
        using var scratch = new Scratch(prefix: "bytefuse-metadata-");
        using var host = new StoreHost(blocking => RocksDbMetadataStore.Open(scratch["meta"], new RocksDbOptions { CreateIfMissing = true, ReserveBytes = 0 }, blocking));
        Check(host, 50);
    }

    [Fact]
    public void Histories_of_several_nodes_on_PostgreSQL_are_linearizable()
    {
        using var volume = new PostgresVolume();
        using var host = new StoreHost(_ => new SpreadStore([.. Enumerable.Range(0, Nodes).Select(_ => volume.Open())]));
        Check(host, 50);
    }

    [Fact]
    public void Histories_of_a_node_that_caches_rows_of_PostgreSQL_are_linearizable()
    {
        using var volume = new PostgresVolume();
        using var host = new StoreHost(_ => volume.Open(fencesOthers: true));
        Check(host, 100);
    }

    /// <summary>The engine without the locks that make its function serializable: histories tell.</summary>
    [Fact]
    public void Commits_without_locks_are_caught()
    {
        const int Most = 500;
        using var volume = new PostgresVolume();
        Rewrite(volume, "pg_advisory_xact_lock(l.id)::text", "l.id::text", "pg_advisory_xact_lock_shared(l.id)::text", "l.id::text");
        using var host = new StoreHost(_ => new SpreadStore([.. Enumerable.Range(0, Nodes).Select(_ => volume.Open())]));
        var seed = StoreHost.Seed(output);
        for (var i = 0; i < Most; i++)
        {
            if (!HistoryChecker.IsLinearizable(RandomHistory.Run(host, seed + i))) return;
        }
        Assert.Fail($"{Most} histories were linearizable");
    }

    [Fact]
    public void A_history_that_no_order_explains_is_refused()
    {
        var put = new HistoryOperation { Invoked = 1, Returned = 2 };
        put.Changes.Add(new HistoryChange(MutationKind.Put, "a", "1", 0));
        var stale = new HistoryOperation { Keys = ["a"], Invoked = 3, Returned = 4 };
        stale.Seen.Add(new SeenRow("a", null, 0));
        Assert.False(HistoryChecker.IsLinearizable([put, stale]));
        stale.Invoked = 1;
        Assert.True(HistoryChecker.IsLinearizable([put, stale]));
    }

    private void Check(StoreHost host, int histories)
    {
        var seed = StoreHost.Seed(output);
        for (var i = 0; i < histories; i++)
        {
            var history = RandomHistory.Run(host, seed + i);
            if (HistoryChecker.IsLinearizable(history)) continue;
            Assert.Fail($"seed {seed + i}: no order explains\n{string.Join('\n', history.OrderBy(operation => operation.Invoked))}");
        }
    }

    // The function as the server has it, with these texts replaced.
    private static void Rewrite(PostgresVolume volume, params string[] texts)
    {
        var function = volume.Sql($"SELECT pg_get_functiondef('{volume.Schema}.commit_batch'::regproc)");
        for (var i = 0; i < texts.Length; i += 2)
        {
            Assert.Contains(texts[i], function);
            function = function.Replace(texts[i], texts[i + 1]);
        }
        volume.Sql(function);
    }
}

using ByteFuse.Metadata.RocksDb;

namespace ByteFuse.Metadata.Tests.RocksDb;

/// <summary>
/// The process that is killed: commits from all reactors, numbered, and says each number on its output once the commit
/// has returned.
/// </summary>
internal static class KilledWriter
{
    /// <summary>The number of tasks that write, each its own series.</summary>
    public const int Writers = 4;

    public static int Run(string directory, int seed)
    {
        using var set = new ReactorSet(new ReactorOptions { Pin = false });
        using var store = RocksDbMetadataStore.Open(directory, new RocksDbOptions { ReserveBytes = 0 }, set.BlockingCalls);
        using var output = Console.OpenStandardOutput();
        var gate = new Lock();
        var threads = Enumerable.Range(0, Writers).Select(writer => new Thread(() => set.RunOn(writer % set.Reactors.Count, () => Write(writer)))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return 0;

        async ReactorTask<bool> Write(int writer)
        {
            var random = new Random(seed + writer);
            for (var i = 0; ; i++)
            {
                using (var commit = MetadataCommit.Rent())
                {
                    commit.RequireAbsent(RowKey(writer, i));
                    commit.Put(RowKey(writer, i), new byte[random.Next(1, 400)]);
                    commit.Put(StoreHost.Key($"last/{writer}"), BitConverter.GetBytes(i));
                    commit.Add(StoreHost.Key("count"), 0, 1);
                    if (!(await store.Commit(commit)).Committed) throw new InvalidOperationException("A commit failed.");
                }
                // A pipe takes a line whole; what was written stays in it when this process dies.
                lock (gate) output.Write(System.Text.Encoding.ASCII.GetBytes($"{writer} {i}\n"));
                if (i % 64 == 0) await CoreReactor.Current.Delay(TimeSpan.Zero);
            }
        }
    }

    public static MetadataKey RowKey(int writer, int number) => StoreHost.Key($"row/{writer}/{number:d8}");
}

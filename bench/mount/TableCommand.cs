namespace ByteFuse.MountBench;

/// <summary>
/// The table of the README: everything that is measured, target by target, each round on fresh stores. Ratios are of the best,
/// to the first column.
/// </summary>
public static class TableCommand
{
    public const string Usage = """
        usage: ./dev bench [--rounds N] [--out FILE] [--targets NAME,...] [--stores disk|tmpfs] [--store DIR] [--only tree|fio|application]
        """;

    private const double Seconds = 4;
    private static readonly string[] _targets = ["passthrough_hp", "bytefuse-classic", "bytefuse-uring", "bytefuse-passthrough"];

    // What is not direct goes through the page cache; without a time it goes over the file once.
    private static readonly FioJob[] _jobs =
    [
        FioJob.Random("write", 1), FioJob.Random("write", 16), FioJob.Random("read", 1), FioJob.Random("read", 16),
        new("4 KiB random write, buffered", "--rw=randwrite --bs=4k --ioengine=psync --time_based"),
        new("4 KiB random read, buffered", "--rw=randread --bs=4k --ioengine=psync --invalidate=1 --time_based"),
        FioJob.Sequential("write", 1, 4), FioJob.Sequential("read", 1, 4),
        new("1 MiB write, buffered, fsync", "--rw=write --bs=1M --ioengine=psync --end_fsync=1"),
        new("1 MiB read, buffered, cold", "--rw=read --bs=1M --ioengine=psync --invalidate=1"),
    ];

    public static int Run(string[] arguments)
    {
        var options = new Options(arguments, "rounds", "out", "targets", "stores", "store", "only");
        StoreKind stores = options.Text("stores", "disk") switch
        {
            "disk" => StoreKind.Disk,
            "tmpfs" => StoreKind.Tmpfs,
            string other => throw new UsageException($"--stores {other}: disk or tmpfs is needed"),
        };
        string native = stores == StoreKind.Disk ? "ext4" : "tmpfs", only = options.Text("only", "");
        string[] names = options.Names("targets", [native, .. _targets], TargetKind.All.Select(kind => kind.Name));
        int rounds = options.Number("rounds", 3);
        Run run = Measure([.. names.Select(TargetKind.Named)], stores, rounds, options.Text("store", Path.GetTempPath()), only);
        var document = new Document([run], []);
        document.Write(options.Text("out", "results.json"));
        Report.Print(document, Console.Out);
        return 0;
    }

    private static Run Measure(TargetKind[] kinds, StoreKind stores, int rounds, string folder, string only)
    {
        MachineState before = MachineState.Now();
        var results = new Results(kinds);
        for (int round = 0; round < rounds; round++)
        {
            // Interleaved, and begun with another target each time: drift of the machine hits all alike.
            foreach (TargetKind kind in kinds.Skip(round % kinds.Length).Concat(kinds.Take(round % kinds.Length)))
            {
                Console.Error.WriteLine($"round {round + 1} of {rounds}: {kind.Name}");
                using var target = new Target(kind, stores, folder);
                foreach (Value value in Values(target, only))
                    results.Add(kind.Name, value);
            }
        }
        return new Run("table", stores, Repository.Commit(), Machine.Since(before), rounds, kinds, results.Figures());
    }

    private static IEnumerable<Value> Values(Target target, string only)
    {
        if (only is "" or "tree")
        {
            // Once before the clock: caches, journals, and the compiler of a daemon that has just begun.
            Tree.Run(target.MountPoint);
            foreach (Value value in Tree.Run(target.MountPoint))
                yield return value;
        }
        if (only is "" or "fio")
        {
            foreach (Value value in _jobs.SelectMany(job => Workload.OfFio(job).Run(target, Seconds)).Where(value => value.Unit != "us"))
                yield return value;
        }
        if (only is "" or "application")
        {
            foreach (Value value in Application.Run(target.MountPoint))
                yield return value;
        }
        if (target.DaemonMemory() is double memory)
            yield return new Value("daemon memory (RSS)", "MiB", memory);
    }
}

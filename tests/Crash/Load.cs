using ByteFuse.Testing;

namespace ByteFuse.Crash;

/// <summary>All writers of a volume.</summary>
public sealed class Load
{
    private const int Writers = 4;
    private readonly Writer[] _writers;

    public Load(string mountPoint, int seed, bool punches)
    {
        _writers = [.. Enumerable.Range(0, Writers).Select(number => new Writer(mountPoint, number, unchecked((seed * 31) + number), punches))];
        foreach (Writer writer in _writers)
        {
            if (Sys.Mkdir(writer.DirectoryPath) is long error and < 0)
                throw new InvalidOperationException($"mkdir {writer.DirectoryPath}: {Abi.ErrnoName(error)}");
        }
        // The directories are the scene, not the subject: they are durable before the first round.
        SyncMount(mountPoint);
    }

    public IReadOnlyList<Writer> All => _writers;

    public int Operations => _writers.Sum(writer => writer.Journal.Count);

    public int[] Lengths => [.. _writers.Select(writer => writer.Journal.Count)];

    /// <summary>Starts all writers, with or without fsync, and with or without truncating and punching.</summary>
    public void Start(bool fsyncs = true, bool cuts = true)
    {
        foreach (Writer writer in _writers)
            writer.Start(fsyncs, cuts);
    }

    public void Stop()
    {
        foreach (Writer writer in _writers)
            writer.Stop();
    }

    /// <summary>Waits until the writers have done this many operations more, so that a round has something to lose.</summary>
    public void Await(int operations)
    {
        int goal = Operations + operations;
        while (Operations < goal && _writers.All(writer => writer.Error is null))
            Thread.Sleep(1);
    }

    /// <summary>Errors that writers met; none may occur while nothing was done to the volume.</summary>
    public string? Errors()
    {
        string[] errors = [.. _writers.Select(writer => writer.Error).OfType<string>()];
        return errors.Length == 0 ? null : string.Join('\n', errors);
    }

    /// <summary>Compares every writer's directory with its journal, and begins new journals upon what is there.</summary>
    public string? CheckAndRebase(Func<int, Writer, Allowance> allowance)
    {
        var problems = new List<string>();
        for (int i = 0; i < _writers.Length; i++)
        {
            Writer writer = _writers[i];
            Dictionary<string, byte[]> found = DirectoryCheck.Read(writer.DirectoryPath);
            if (DirectoryCheck.Explain(writer, found, allowance(i, writer)) is string problem)
                problems.Add($"writer {i}: {problem}");
            writer.Rebase(found);
        }
        return problems.Count == 0 ? null : string.Join('\n', problems);
    }

    /// <summary>Everything acknowledged must be there; the operation in flight may be.</summary>
    public string? CheckAllAcknowledged() =>
        CheckAndRebase((_, writer) => new Allowance(writer.Journal.Count, writer.Journal.Count, DataSinceFsync: false));

    public static void SyncMount(string mountPoint)
    {
        long fd = Sys.Open(mountPoint, Abi.O_RDONLY | Abi.O_DIRECTORY | Abi.O_CLOEXEC);
        long result = Sys.Fsync(fd);
        Sys.Close(fd);
        if (result < 0)
            throw new InvalidOperationException($"fsync {mountPoint}: {Abi.ErrnoName(result)}");
    }
}

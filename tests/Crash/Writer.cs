using ByteFuse.Testing;

namespace ByteFuse.Crash;

/// <summary>
/// A thread that changes files in a directory of its own and keeps, in this process's memory and so outside the mount, a journal
/// of what the file system acknowledged. After a crash the journal's length and the operation in flight bound what may be there.
/// </summary>
/// <param name="mountPoint">Where the volume is mounted.</param>
/// <param name="number">Names the writer's directory.</param>
/// <param name="seed">Of the choice of operations.</param>
/// <param name="punches">Whether the file system knows FALLOC_FL_PUNCH_HOLE (passthrough_hp does not).</param>
public sealed class Writer(string mountPoint, int number, int seed, bool punches)
{
    // Small enough that every version of every file fits in memory; large enough for several pages and blocks.
    private const int MaximumFiles = 40;
    private const int MaximumSize = 64 * 1024;

    private readonly Random _random = new(seed);
    private readonly List<Operation> _journal = [];
    private DirectoryModel _model = new(new Dictionary<string, byte[]>());
    private Thread? _thread;
    private volatile bool _stop;
    private volatile bool _fsyncs = true;
    private volatile bool _cuts = true;

    public string DirectoryPath { get; } = Path.Combine(mountPoint, $"writer{number}");

    /// <summary>What the directory held when the journal began.</summary>
    public IReadOnlyDictionary<string, byte[]> Baseline { get; private set; } = new Dictionary<string, byte[]>();

    public IReadOnlyList<Operation> Journal => _journal;

    /// <summary>The operation that was issued and not acknowledged when the writer stopped.</summary>
    public Operation? InFlight { get; private set; }

    /// <summary>The error that ended the writer, or null if it stopped because it was told to.</summary>
    public string? Error { get; private set; }

    /// <summary>Begins a new journal upon what the directory holds.</summary>
    public void Rebase(IReadOnlyDictionary<string, byte[]> contents)
    {
        Baseline = contents;
        _model = new DirectoryModel(contents);
        _journal.Clear();
        InFlight = null;
        Error = null;
    }

    public void Start(bool fsyncs = true, bool cuts = true)
    {
        _fsyncs = fsyncs;
        _cuts = cuts;
        _stop = false;
        _thread = new Thread(Work) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Tells the writer to stop after the operation at hand and waits for that.</summary>
    public void Stop()
    {
        _stop = true;
        _thread?.Join();
    }

    private void Work()
    {
        while (!_stop && Error is null)
        {
            Operation operation = Choose();
            InFlight = operation;
            long result = Perform(operation);
            if (result < 0)
            {
                Error = $"writer {number}: {operation}: {Abi.ErrnoName(result)}";
                return;
            }
            _model.Apply(operation);
            _journal.Add(operation);
            InFlight = null;
        }
    }

    private Operation Choose()
    {
        string[] names = [.. _model.Files.Keys];
        int choice = _random.Next(100);
        if (names.Length == 0 || (choice < 20 && names.Length < MaximumFiles))
            return new Operation(OperationKind.Create, NewName(names));
        string name = names[_random.Next(names.Length)];
        int size = _model.Files[name].Bytes.Length;
        int offset = _random.Next(MaximumSize / 2);
        int length = 1 + _random.Next(_random.Next(4) == 0 ? MaximumSize / 2 : 5000);
        int bytes = _random.Next();
        return choice switch
        {
            < 45 => new Operation(OperationKind.Write, name, Offset: offset, Length: length, Seed: bytes),
            < 60 when size + length <= MaximumSize => new Operation(OperationKind.Append, name, Length: length, Seed: bytes),
            < 67 when _cuts => new Operation(OperationKind.Truncate, name, Offset: _random.Next(3) == 0 ? 0 : offset),
            < 71 when punches && _cuts => new Operation(OperationKind.Punch, name, Offset: offset, Length: length),
            < 81 => new Operation(OperationKind.Rename, name, Target: RenameTarget(names, name)),
            < 88 => new Operation(OperationKind.Unlink, name),
            _ when _fsyncs => new Operation(OperationKind.Fsync, name),
            _ => new Operation(OperationKind.Write, name, Offset: offset, Length: length, Seed: bytes),
        };
    }

    private string NewName(string[] names)
    {
        string name;
        do
        {
            name = $"file{_random.Next(10 * MaximumFiles)}";
        }
        while (names.Contains(name));
        return name;
    }

    // A third of the renames replace a file, which deletes that one's bytes.
    private string RenameTarget(string[] names, string name)
    {
        string target = _random.Next(3) == 0 ? names[_random.Next(names.Length)] : NewName(names);
        return target == name ? NewName(names) : target;
    }

    private long Perform(Operation operation)
    {
        string path = Path.Combine(DirectoryPath, operation.Name);
        return operation.Kind switch
        {
            OperationKind.Create => WithFile(path, Abi.O_WRONLY | Abi.O_CREAT | Abi.O_EXCL, _ => 0),
            OperationKind.Write => WithFile(path, Abi.O_WRONLY, fd => Whole(Sys.Pwrite(fd, operation.Bytes(), operation.Offset), operation)),
            OperationKind.Append => WithFile(path, Abi.O_WRONLY | Abi.O_APPEND, fd => Whole(Sys.Write(fd, operation.Bytes()), operation)),
            OperationKind.Truncate => WithFile(path, Abi.O_WRONLY, fd => Sys.Ftruncate(fd, operation.Offset)),
            OperationKind.Punch => WithFile(path, Abi.O_WRONLY, fd => Sys.Fallocate(
                fd, Abi.FALLOC_FL_PUNCH_HOLE | Abi.FALLOC_FL_KEEP_SIZE, operation.Offset, operation.Length)),
            OperationKind.Rename => Sys.Rename(path, Path.Combine(DirectoryPath, operation.Target)),
            OperationKind.Unlink => Sys.Unlink(path),
            OperationKind.Fsync => WithFile(path, Abi.O_RDONLY, Sys.Fsync),
            _ => throw new InvalidOperationException(operation.ToString()),
        };
    }

    private static long Whole(long written, Operation operation) =>
        written < 0 || written == operation.Length ? written : -Abi.EPIPE; // a short write on a healthy volume is an error too

    private static long WithFile(string path, int flags, Func<long, long> action)
    {
        long fd = Sys.Open(path, flags | Abi.O_CLOEXEC, 0x1A4);
        if (fd < 0)
            return fd;
        long result = action(fd);
        long closed = Sys.Close(fd);
        return result < 0 ? result : closed;
    }
}

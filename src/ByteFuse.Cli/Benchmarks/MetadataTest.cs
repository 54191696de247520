using ByteFuse.Linux;

namespace ByteFuse.Cli;

/// <summary>
/// Makes, stats, reads and removes directories and files in a tree, one kind of operation after another, as mdtest does.
/// Tasks wait for each other between two kinds; a rate counts from when all begin to when the last is done.
/// </summary>
internal sealed class MetadataTest(MetadataTestOptions options)
{
    private const int Mode = 0x1ED;
    private const int RemoveDirectory = 0x200;

    private readonly byte[] buffer = new byte[Math.Max(options.WriteBytes, options.ReadBytes)];

    /// <summary>Runs one iteration: operations per second by the name of the operation, in the order of mdtest's summary.</summary>
    public List<MetadataTestRate> Run()
    {
        var root = Path.Combine(options.Directory, $"test-dir.{Environment.ProcessId}");
        Require(MakeDirectory(PathBytes.Of(root)), root);
        var trees = Enumerable.Range(0, options.TreePerTask ? options.Tasks : 1)
            .Select(i => new MetadataTestTree(options, $"{root}/mdtest_tree.{i}", i, options.TreePerTask ? 1 : options.Tasks)).ToArray();
        var rates = new List<MetadataTestRate>();
        var treeCreation = Time("Tree creation", 1, _ => trees.SelectMany(tree => tree.Directories), MakeDirectory);
        if (options.Directories) RunDirectories(trees, rates);
        if (options.Files) RunFiles(trees, rates);
        rates.Add(treeCreation);
        rates.Add(Time("Tree removal", 1, _ => trees.SelectMany(tree => tree.Directories.Reverse()), Remove));
        Require(Remove(PathBytes.Of(root)), root);
        return rates;
    }

    private void RunDirectories(MetadataTestTree[] trees, List<MetadataTestRate> rates)
    {
        rates.Add(Time("Directory creation", options.Tasks, Items, MakeDirectory));
        rates.Add(Time("Directory stat", options.Tasks, Items, Stat));
        rates.Add(Time("Directory removal", options.Tasks, Items, Remove));

        IReadOnlyList<byte[]> Items(int task) => options.TreePerTask ? trees[task].DirectoryItems(0) : trees[0].DirectoryItems(task);
    }

    private void RunFiles(MetadataTestTree[] trees, List<MetadataTestRate> rates)
    {
        rates.Add(Time("File creation", options.Tasks, Items, CreateFile));
        rates.Add(Time("File stat", options.Tasks, Items, Stat));
        rates.Add(Time("File read", options.Tasks, Items, ReadFile));
        rates.Add(Time("File removal", options.Tasks, Items, path => FileCalls.UnlinkAt(AtFlags.WorkingDirectory, path).Error));

        IReadOnlyList<byte[]> Items(int task) => options.TreePerTask ? trees[task].FileItems(0) : trees[0].FileItems(task);
    }

    private static MetadataTestRate Time(string operation, int tasks, Func<int, IEnumerable<byte[]>> items, Func<byte[], Errno> call)
    {
        var work = Enumerable.Range(0, tasks).Select(task => items(task).ToArray()).ToArray();
        try
        {
            var elapsed = ParallelWork.Run(tasks, task =>
            {
                foreach (var path in work[task]) Require(call(path), path);
            });
            return new MetadataTestRate(operation, work.Sum(paths => paths.Length) / elapsed.TotalSeconds);
        }
        catch (IOException failure)
        {
            throw new IOException($"{operation}: {failure.Message}", failure);
        }
    }

    private static Errno MakeDirectory(byte[] path) => FileCalls.MakeDirectoryAt(AtFlags.WorkingDirectory, path, Mode).Error;

    private static Errno Remove(byte[] path) => FileCalls.UnlinkAt(AtFlags.WorkingDirectory, path, RemoveDirectory).Error;

    private static Errno Stat(byte[] path) => FileCalls.GetBasicStatusAt(AtFlags.WorkingDirectory, path, 0, out _);

    private Errno CreateFile(byte[] path)
    {
        var file = FileCalls.OpenAt(AtFlags.WorkingDirectory, path, OpenFlags.Create | OpenFlags.ReadWrite | OpenFlags.CloseOnExec, 0x1B4);
        return Use(file, fd => options.WriteBytes == 0 ? Errno.None : Whole(FileCalls.WriteAt(fd, buffer.AsSpan(0, options.WriteBytes), 0), options.WriteBytes));
    }

    private Errno ReadFile(byte[] path)
    {
        var file = FileCalls.OpenAt(AtFlags.WorkingDirectory, path, OpenFlags.CloseOnExec);
        // All tasks into the same bytes, which nobody looks at.
        return Use(file, fd => options.ReadBytes == 0 ? Errno.None : FileCalls.ReadAt(fd, buffer.AsSpan(0, options.ReadBytes), 0).Error);
    }

    private static Errno Use(IoResult file, Func<int, Errno> use)
    {
        if (!file.Succeeded) return file.Error;
        var error = use(file.Value);
        var closed = FileCalls.Close(file.Value).Error;
        return error != Errno.None ? error : closed;
    }

    private static Errno Whole(IoResult written, int length) => written.Succeeded && written.Value < length ? Errno.ENOSPC : written.Error;

    private static void Require(Errno error, byte[] path)
    {
        if (error != Errno.None) Require(error, System.Text.Encoding.UTF8.GetString(path).TrimEnd('\0'));
    }

    private static void Require(Errno error, string path)
    {
        if (error != Errno.None) throw new IOException($"{path}: {error}");
    }
}

/// <summary>Operations per second of one kind in one iteration.</summary>
internal readonly record struct MetadataTestRate(string Operation, double PerSecond);

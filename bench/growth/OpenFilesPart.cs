using ByteFuse.Testing;
using static ByteFuse.Testing.Abi;

namespace ByteFuse.GrowthBench;

/// <summary>
/// What operations on open files cost while more and more are open; microseconds. A process may have 20,000 of them, so that others
/// hold them (<see cref="OpenFilesHolder"/>).
/// </summary>
public sealed class OpenFilesPart(MountedVolume mount)
{
    /// <summary>Files with bytes that are made for it.</summary>
    public const int Maximum = 100_000;

    public static readonly int[] Sizes = [1, 10, 100, 1000, 10_000, Maximum];

    private readonly List<OpenFilesHolder> _holders = [];

    /// <summary>Makes the files.</summary>
    public void Prepare()
    {
        var contents = new byte[OpenFilesHolder.BlockSize];
        for (int i = 0; i < Maximum + OpenFilesHolder.Extra; i++)
        {
            string path = OpenFilesHolder.PathOf(mount.MountPoint, i);
            if (i % OpenFilesHolder.FilesPerFolder == 0)
                Timing.Check(Sys.Mkdir(Path.GetDirectoryName(path)!));
            long fd = Timing.Check(Sys.Creat(path, 0x1A4));
            Timing.Check(Sys.Write(fd, contents));
            Sys.Close(fd);
        }
    }

    public IReadOnlyDictionary<string, double> Measure(int open)
    {
        while (_holders.Count * OpenFilesHolder.Most < open)
            _holders.Add(new OpenFilesHolder(mount.MountPoint, _holders.Count * OpenFilesHolder.Most));
        for (int i = 0; i < _holders.Count; i++)
            _holders[i].Open(Math.Min(OpenFilesHolder.Most, open - (i * OpenFilesHolder.Most)));
        double[][] measured = [.. _holders.Select(holder => holder.Measure())];
        var figures = new Dictionary<string, double>();
        for (int i = 0; i < OpenFilesHolder.Names.Length; i++)
            figures[OpenFilesHolder.Names[i]] = measured.Average(row => row[i]);
        figures["RSS, MiB"] = DaemonFigures.Resident(mount);
        return figures;
    }

    /// <summary>Closes the files.</summary>
    public void Close()
    {
        foreach (OpenFilesHolder holder in _holders)
            holder.Dispose();
    }
}

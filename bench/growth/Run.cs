using ByteFuse.MountBench;
using ByteFuse.Testing;

namespace ByteFuse.GrowthBench;

/// <summary>Makes the volumes of each part, measures, and writes the file after every size.</summary>
public sealed class Run(string output, string store, string? keep)
{
    public static readonly string[] Parts = ["files", "open", "bytes", "threads"];

    // Larger than the largest file, all of which is a hole; ext4 with blocks of 4 KiB goes to 16 TiB.
    private const long ImageSize = 8L << 30;

    private Document _document = Document.Read(output);

    /// <summary>Volumes of so many files.</summary>
    public void Files(IEnumerable<long> sizes)
    {
        foreach (long files in sizes)
        {
            using var scratch = new Scratch(store, "growth-bench-");
            string volume = keep is null ? scratch["volume"] : Path.Combine(Path.GetFullPath(keep), $"{files}");
            if (!Directory.Exists(volume))
            {
                Console.Error.WriteLine($"loading {files:N0} files");
                Directory.CreateDirectory(Path.GetDirectoryName(volume)!);
                VolumeLoader.Load(volume, files);
            }
            using var part = new FilesPart(volume, files, scratch["mnt"]);
            Measure("files", files, part.Measure);
        }
    }

    public void OpenFiles() => OnMount("passthrough=off,attr_timeout=0", (mount, _) =>
    {
        var part = new OpenFilesPart(mount);
        part.Prepare();
        foreach (int open in OpenFilesPart.Sizes)
            Measure("open", open, () => part.Measure(open));
        part.Close();
    });

    public void Bytes() => OnMount("passthrough=off", (mount, below) =>
    {
        var part = new BytesPart(mount.MountPoint, below);
        foreach (long size in BytesPart.Sizes)
            Measure("bytes", size, () => part.Measure(size));
    });

    public void Threads() => OnMount("passthrough=off,attr_timeout=0,entry_timeout=0", (mount, _) =>
    {
        var part = new ThreadsPart(mount.MountPoint);
        part.Prepare();
        foreach (int threads in ThreadsPart.Sizes)
            Measure("threads", threads, () => part.Measure(threads));
    });

    // On a fresh ext4: files on a long-used one cost more.
    private void OnMount(string options, Action<MountedVolume, string> measure)
    {
        using var scratch = new Scratch(store, "growth-bench-");
        using var image = new LoopImage(scratch["images"], size: ImageSize);
        string volume = Path.Combine(image.MountPoint, "volume"), below = Path.Combine(image.MountPoint, "below");
        Directory.CreateDirectory(below);
        using var mount = new MountedVolume(volume, scratch["mnt"], options);
        measure(mount, below);
    }

    private void Measure(string part, long size, Func<IReadOnlyDictionary<string, double>> measure)
    {
        MachineState before = MachineState.Now();
        IReadOnlyDictionary<string, double> figures = measure();
        _document = _document.With(new Measurement(part, size, Machine.Since(before), figures));
        _document.Write(output);
        Console.WriteLine($"{part} {size}: " + string.Join("; ", figures.Select(figure => $"{figure.Key} {figure.Value:G4}")));
    }
}

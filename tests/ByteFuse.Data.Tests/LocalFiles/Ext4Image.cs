using ByteFuse.Testing;

namespace ByteFuse.Data.Tests.LocalFiles;

/// <summary>A fresh ext4 for the tests of a class: the file system that stores are most often on, whatever this machine has.</summary>
public sealed class Ext4Image : IDisposable
{
    private readonly Scratch scratch = new(prefix: "bytefuse-data-");
    private readonly LoopImage image;

    public Ext4Image() => image = new LoopImage(scratch.Path, size: 1L << 30);

    /// <summary>A new empty folder on it.</summary>
    public string NewFolder() => Directory.CreateDirectory(Path.Combine(image.MountPoint, Guid.NewGuid().ToString("N"))).FullName;

    public void Dispose()
    {
        image.Dispose();
        scratch.Dispose();
    }
}

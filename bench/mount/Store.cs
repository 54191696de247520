using ByteFuse.Testing;

namespace ByteFuse.MountBench;

/// <summary>What a store lies on.</summary>
public enum StoreKind
{
    /// <summary>A fresh ext4 loop image on the disk: creates on a long-used ext4 cost tens of times what they cost on a new one.</summary>
    Disk,

    /// <summary>A fresh tmpfs: no disk in the way.</summary>
    Tmpfs,
}

/// <summary>An empty folder of its own for one target, on what all targets of a run have alike; gone at the end.</summary>
public sealed class Store : IDisposable
{
    private const long ImageSize = 6L << 30;
    private readonly IDisposable _mount;

    /// <param name="kind">What it lies on.</param>
    /// <param name="folder">Where an image is made, or a tmpfs mounted.</param>
    public Store(StoreKind kind, string folder)
    {
        if (kind == StoreKind.Disk)
        {
            var image = new LoopImage(folder, size: ImageSize);
            (_mount, Path) = (image, System.IO.Path.Combine(image.MountPoint, "store"));
        }
        else
        {
            var memory = new TmpfsMount(folder, ImageSize);
            (_mount, Path) = (memory, System.IO.Path.Combine(memory.MountPoint, "store"));
        }
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    public void Dispose() => _mount.Dispose();
}

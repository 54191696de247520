namespace ByteFuse.Testing;

/// <summary>
/// A fresh file system of its own on a sparse file, loop-mounted; unmounted and removed at the end, also after a failure or
/// Ctrl-C. Needs root, losetup and the mkfs of the type.
/// </summary>
public sealed class LoopImage : IDisposable
{
    private readonly Undo _undo;

    /// <summary>Makes FOLDER/NAME.img and mounts it on FOLDER/NAME.</summary>
    /// <param name="folder">An existing folder, or one that can be created.</param>
    /// <param name="type">ext4, xfs, vfat, ... : whatever has a mkfs.TYPE here.</param>
    /// <param name="size">Bytes; the file is sparse. xfs wants at least 300 MiB.</param>
    /// <param name="name">Distinguishes several images in one folder.</param>
    /// <param name="mountOptions">Passed to mount -o besides loop.</param>
    public LoopImage(string folder, string type = "ext4", long size = 2L << 30, string name = "image", string mountOptions = "")
    {
        Directory.CreateDirectory(folder);
        ImagePath = Path.Combine(folder, name + ".img");
        MountPoint = Path.Combine(folder, name);
        using (FileStream image = new(ImagePath, FileMode.CreateNew))
            image.SetLength(size);
        _undo = new Undo(Remove);
        try
        {
            Directory.CreateDirectory(MountPoint);
            Command.Check("mkfs." + type, [.. Quiet(type), ImagePath]);
            Command.Check("mount", "-t", type, "-o", mountOptions.Length == 0 ? "loop" : "loop," + mountOptions, ImagePath, MountPoint);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string ImagePath { get; }

    public string MountPoint { get; }

    public void Dispose() => _undo.Dispose();

    private static string[] Quiet(string type) => type switch
    {
        "ext4" or "ext3" or "ext2" => ["-q", "-F"],
        "xfs" => ["-q", "-f"],
        _ => [],
    };

    private void Remove()
    {
        Unmount.Now(MountPoint);
        Directory.Delete(MountPoint);
        File.Delete(ImagePath);
    }
}

namespace ByteFuse.Testing;

/// <summary>A fresh tmpfs, unmounted at the end, also after a failure or Ctrl-C. Needs root.</summary>
public sealed class TmpfsMount : IDisposable
{
    private readonly Undo _undo;

    /// <param name="mountPoint">Created if missing.</param>
    /// <param name="size">Bytes that it may hold.</param>
    public TmpfsMount(string mountPoint, long size)
    {
        MountPoint = mountPoint;
        Directory.CreateDirectory(mountPoint);
        Command.Check("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", mountPoint);
        _undo = new Undo(() => Unmount.Now(mountPoint));
    }

    public string MountPoint { get; }

    public void Dispose() => _undo.Dispose();
}

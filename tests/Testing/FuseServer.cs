using System.Diagnostics;

namespace ByteFuse.Testing;

/// <summary>
/// A program that mounts a FUSE file system and stays in the foreground until it is unmounted, which happens at the end, also
/// after a failure or Ctrl-C.
/// </summary>
public class FuseServer : IDisposable
{
    private readonly Undo _undo;
    private readonly string _program;
    private readonly string[] _arguments;
    private Process _daemon;

    /// <param name="program">Its path.</param>
    /// <param name="mountPoint">Created if missing.</param>
    /// <param name="arguments">All of the program's arguments, the mount point among them.</param>
    public FuseServer(string program, string mountPoint, params string[] arguments)
    {
        (_program, MountPoint, _arguments) = (program, mountPoint, arguments);
        Directory.CreateDirectory(mountPoint);
        _undo = new Undo(Umount);
        _daemon = Mount();
    }

    public string MountPoint { get; }

    public int DaemonPid => _daemon.Id;

    /// <summary>Mounts again after <see cref="Umount"/> or <see cref="Kill9"/>; returns when the mount is ready.</summary>
    public Process Mount()
    {
        _daemon = Process.Start(new ProcessStartInfo(_program, _arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }) ?? throw new InvalidOperationException($"cannot start {_program}");
        while (Sys.Statfs(MountPoint, out VolumeStatus status) != 0 || status.Type != Abi.FuseMagic)
        {
            if (_daemon.HasExited)
                throw new InvalidOperationException($"{_program} ended: {_daemon.StandardError.ReadToEnd()}");
            Thread.Sleep(5);
        }
        return _daemon;
    }

    /// <summary>Unmounts and waits for the daemon to end.</summary>
    public void Umount()
    {
        Unmount.Now(MountPoint);
        if (!_daemon.WaitForExit(TimeSpan.FromSeconds(10)))
            _daemon.Kill();
    }

    /// <summary>Kills the daemon as a crash would and detaches the dead mount.</summary>
    public void Kill9()
    {
        _daemon.Kill();
        _daemon.WaitForExit();
        Sys.Umount2(MountPoint, Abi.MNT_DETACH);
    }

    public void Dispose()
    {
        _undo.Dispose();
        GC.SuppressFinalize(this);
    }
}

using System.Diagnostics;

namespace ByteFuse.Testing;

/// <summary>
/// libfuse's passthrough_hp on a folder: the peer that benches compare with, and a stand-in that proves the suites themselves.
/// Built by bench/mount/build-passthrough-hp. Unmounted at the end, also after a failure or Ctrl-C.
/// </summary>
public sealed class PassthroughPeer : IDisposable
{
    private readonly Undo _undo;
    private readonly string _program;
    private readonly string[] _options;
    private Process _daemon;

    /// <param name="program">The path that <see cref="Build"/> answers.</param>
    /// <param name="source">The folder passed through; created if missing.</param>
    /// <param name="mountPoint">Created if missing.</param>
    /// <param name="options">passthrough_hp's own options.</param>
    public PassthroughPeer(string program, string source, string mountPoint, params string[] options)
    {
        (_program, Source, MountPoint, _options) = (program, source, mountPoint, options);
        Directory.CreateDirectory(source);
        Directory.CreateDirectory(mountPoint);
        _undo = new Undo(Umount);
        _daemon = Mount();
    }

    public string Source { get; }

    public string MountPoint { get; }

    public int DaemonPid => _daemon.Id;

    /// <summary>Mounts again after <see cref="Umount"/> or <see cref="Kill9"/>; returns when the mount is ready.</summary>
    public Process Mount()
    {
        _daemon = Process.Start(new ProcessStartInfo(_program, [Source, MountPoint, "--foreground", .. _options])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }) ?? throw new InvalidOperationException($"cannot start {_program}");
        while (Sys.Statfs(MountPoint, out VolumeStatus status) != 0 || status.Type != Abi.FuseMagic)
        {
            if (_daemon.HasExited)
                throw new InvalidOperationException($"passthrough_hp ended: {_daemon.StandardError.ReadToEnd()}");
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

    public void Dispose() => _undo.Dispose();

    /// <summary>Builds passthrough_hp unless it is there; the program's path.</summary>
    public static string Build()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ByteFuse.slnx")))
            folder = folder.Parent;
        if (folder is null)
            throw new InvalidOperationException("run from a build inside the repository: ByteFuse.slnx not found above the program");
        const int Seconds = 600;
        string script = Path.Combine(folder.FullName, "bench/mount/build-passthrough-hp");
        CommandResult result = Command.Run(script, [], Seconds);
        return result.ExitCode == 0
            ? result.Output.Trim()
            : throw new InvalidOperationException($"{script}: exit code {result.ExitCode}\n{result.Error}");
    }
}

using System.Globalization;
using ByteFuse.Testing;

namespace ByteFuse.MountBench;

/// <summary>A mounted file system to measure, on a store of its own.</summary>
public sealed class Target : IDisposable
{
    private readonly Scratch _scratch;
    private readonly Store _store;
    private readonly IDisposable? _mount;

    /// <param name="kind">What to mount.</param>
    /// <param name="storeKind">What its store lies on.</param>
    /// <param name="folder">Where its images and mount points are made.</param>
    public Target(TargetKind kind, StoreKind storeKind, string folder)
    {
        Kind = kind;
        _scratch = new Scratch(folder, $"mount-bench-{kind.Name}-");
        _store = new Store(storeKind, _scratch["store"]);
        MountPoint = _scratch["mnt"];
        if (kind.Server == Server.None)
        {
            MountPoint = _store.Path;
        }
        else if (kind.Server == Server.Bytefuse)
        {
            var volume = new MountedVolume(_store.Path, MountPoint, kind.Options);
            (_mount, DaemonPid) = (volume, volume.DaemonPid);
        }
        else
        {
            FuseServer server = Serve(kind);
            (_mount, DaemonPid) = (server, server.DaemonPid);
        }
    }

    public TargetKind Kind { get; }

    public string Name => Kind.Name;

    public string MountPoint { get; }

    /// <summary>The process that serves it; null where there is none.</summary>
    public int? DaemonPid { get; }

    /// <summary>The daemon's resident memory in MiB, or null where there is none.</summary>
    public double? DaemonMemory()
    {
        if (DaemonPid is null)
            return null;
        string line = File.ReadLines($"/proc/{DaemonPid}/status").First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
    }

    /// <summary>
    /// Waits until what was put off is done, so that nobody else's figures pay for it: dirty pages are written, and the daemon
    /// is quiet.
    /// </summary>
    public void Settle()
    {
        const int tries = 50;
        TimeSpan pause = TimeSpan.FromMilliseconds(50);
        if (Kind.Server is not (Server.NullLowLevel or Server.NullBytefuse))
            Command.Check("sync", "-f", MountPoint);
        // What the loop device has not written yet lies one file system below.
        Command.Check("sync", "-f", _store.Path);
        Command.Check("sync", "-f", _scratch.Path);
        if (DaemonPid is not int pid)
            return;
        ServerTime before = ServerTime.Of(pid);
        for (int i = 0; i < tries; i++)
        {
            Thread.Sleep(pause);
            ServerTime now = ServerTime.Of(pid);
            if (now.Since(before) < pause / 50)
                return;
            before = now;
        }
    }

    public void Dispose()
    {
        _mount?.Dispose();
        _store.Dispose();
        _scratch.Dispose();
    }

    private FuseServer Serve(TargetKind kind)
    {
        string[] options = kind.Options.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string passthrough = PassthroughPeer.Build();
        return kind.Server switch
        {
            Server.PassthroughHp => new PassthroughPeer(passthrough, _store.Path, MountPoint, options),
            Server.NullLowLevel => new FuseServer(Path.Combine(Path.GetDirectoryName(passthrough)!, "null_ll"), MountPoint, [MountPoint, "-f", .. options]),
            // Beside this program: it is built with it.
            _ => new FuseServer(Path.Combine(AppContext.BaseDirectory, "null-bench"), MountPoint, [MountPoint, .. options]),
        };
    }
}

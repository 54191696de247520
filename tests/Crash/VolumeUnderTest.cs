using ByteFuse.Testing;

namespace ByteFuse.Crash;

/// <summary>A volume whose daemon can be killed, on a file system whose power can be cut.</summary>
public abstract class VolumeUnderTest(LoopImage image) : IDisposable
{
    // EXT4_IOC_SHUTDOWN (fs/ext4/ext4.h) with EXT4_GOING_FLAGS_NOLOGFLUSH: no write reaches the device any more, not even the
    // journal's, which is what a power cut leaves.
    private const uint Ext4Shutdown = 0x8004587D;
    private const int NoLogFlush = 2;

    public LoopImage Image { get; } = image;

    public string Store => Path.Combine(Image.MountPoint, "store");

    public abstract string MountPoint { get; }

    public abstract int DaemonPid { get; }

    public abstract void Mount();

    public abstract void Umount();

    /// <summary>Kills the daemon and detaches its mount.</summary>
    public abstract void Kill9();

    /// <summary>Checks the volume while it is not mounted; null if it is clean, else what was said.</summary>
    public abstract string? Check();

    /// <summary>Whether a SIGTERM makes everything durable (passthrough_hp does not sync).</summary>
    public abstract bool SyncsAtTermination { get; }

    /// <summary>Whether any fsync makes all metadata acknowledged before it durable, as ByteFUSE's sync of its log does.</summary>
    public abstract bool FsyncSyncsAllMetadata { get; }

    public abstract void Dispose();

    /// <summary>Stops the store's file system as a power cut would, kills the daemon, and brings the store up again.</summary>
    public unsafe void CutPower(Action whileOff)
    {
        long fd = Sys.Open(Image.MountPoint, Abi.O_RDONLY | Abi.O_DIRECTORY | Abi.O_CLOEXEC);
        int flags = NoLogFlush;
        long result = Sys.Ioctl(fd, Ext4Shutdown, (nint)(&flags));
        Sys.Close(fd);
        if (result < 0)
            throw new InvalidOperationException($"EXT4_IOC_SHUTDOWN: {Abi.ErrnoName(result)}");
        whileOff();
        Restart();
    }

    /// <summary>Unmounts the store's file system and mounts it again, which replays its journal and drops its caches.</summary>
    private void Restart()
    {
        // A killed daemon's files are closed by the kernel shortly after the process is gone.
        const int Attempts = 200;
        long result = -Abi.EBUSY;
        for (int i = 0; i < Attempts && result == -Abi.EBUSY; i++)
        {
            result = Sys.Umount2(Image.MountPoint, 0);
            if (result != 0)
                Thread.Sleep(20);
        }
        if (result != 0)
            throw new InvalidOperationException($"umount {Image.MountPoint}: {Abi.ErrnoName(result)}");
        Command.Check("mount", "-t", "ext4", "-o", "loop", Image.ImagePath, Image.MountPoint);
    }
}

/// <summary>ByteFUSE, driven by its command line.</summary>
public sealed class ByteFuseVolume : VolumeUnderTest
{
    private readonly MountedVolume _volume;

    public ByteFuseVolume(LoopImage image, string mountPoint)
        : base(image) => _volume = new MountedVolume(Store, mountPoint);

    public override string MountPoint => _volume.MountPoint;

    public override int DaemonPid => _volume.DaemonPid;

    public override bool SyncsAtTermination => true;

    public override bool FsyncSyncsAllMetadata => true;

    public override void Mount() => _volume.Mount();

    public override void Umount() => _volume.Umount();

    public override void Kill9() => _volume.Kill9();

    /// <summary>What `bytefuse status --json` prints.</summary>
    public string Status() => _volume.Run("status", "--json");

    public override string? Check() => Fsck(_volume.Url);

    public override void Dispose() => _volume.Dispose();

    public static string? Fsck(string url, params string[] options)
    {
        CommandResult result = MountedVolume.TryBytefuse(["fsck", url, .. options]);
        return result.ExitCode == 0 ? null : $"fsck {string.Join(' ', options)}: exit {result.ExitCode}\n{result.Output}{result.Error}";
    }
}

/// <summary>passthrough_hp: proves the suite, whose expectations any correct file system fulfils.</summary>
public sealed class PassthroughVolume : VolumeUnderTest
{
    private readonly PassthroughPeer _peer;

    public PassthroughVolume(LoopImage image, string mountPoint)
        // With its caches on it answers EIO when ext4 uses an inode number again: without, it closes before it unlinks.
        : base(image) => _peer = new PassthroughPeer(PassthroughPeer.Build(), Store, mountPoint, "--nocache", "--nopassthrough");

    public override string MountPoint => _peer.MountPoint;

    public override int DaemonPid => _peer.DaemonPid;

    public override bool SyncsAtTermination => false;

    public override bool FsyncSyncsAllMetadata => false;

    public override void Mount() => _peer.Mount();

    public override void Umount() => _peer.Umount();

    public override void Kill9() => _peer.Kill9();

    public override string? Check() => null;

    public override void Dispose() => _peer.Dispose();
}

using ByteFuse.Linux;
using ByteFuse.Transports;

namespace ByteFuse.Daemon;

/// <summary>
/// A second mount of a volume: another place for the superblock that is there, which is what the kernel does with a disk that is
/// mounted twice. What belongs to the place (ro, nosuid, nodev, noexec) may differ; what belongs to the superblock or to the
/// connection may not.
/// </summary>
internal static class SharedSuperblock
{
    private const ulong PlaceFlags = MountCalls.ReadOnly | MountCalls.NoSetUserId | MountCalls.NoDevices | MountCalls.NoExecute;

    private const ulong AccessTimeFlags =
        MountCalls.NoAccessTime | MountCalls.NoDirectoryAccessTime | MountCalls.RelativeAccessTime | MountCalls.StrictAccessTime;

    /// <summary>Mounts; a <see cref="Refusal"/> where that is not possible.</summary>
    public static void Mount(MountSession session, string source, string mountPoint, MountPlan plan)
    {
        if (Difference(session.Plan.Options, plan.Options) is { } difference)
        {
            throw new Refusal(ExitCode.Busy,
                $"{plan.Url} is mounted at {source} with another {difference}, which all mounts of a volume share: unmount it there, or mount with the same");
        }
        Require(MountCalls.Mount(source, mountPoint, "none", MountCalls.Bind, null), mountPoint);
        var flags = plan.Options.Flags & (PlaceFlags | AccessTimeFlags);
        var changed = MountCalls.Mount(source, mountPoint, "none", MountCalls.Bind | MountCalls.Remount | flags, null);
        if (changed.Succeeded) return;
        MountTree.Unmount(mountPoint, MountCalls.Detach);
        Require(changed, mountPoint);
    }

    /// <summary>The first option that two mounts of a volume cannot have differently; null where there is none.</summary>
    internal static string? Difference(ParsedMountOptions there, ParsedMountOptions asked)
    {
        const ulong superblockFlags = MountCalls.Synchronous | MountCalls.DirectorySynchronous;
        if (there.ReadOnly && !asked.ReadOnly) return "ro";
        if (there.AccessTime != asked.AccessTime) return "atime option";
        if ((there.Flags & superblockFlags) != (asked.Flags & superblockFlags)) return "sync option";
        if (there.AllowOther != asked.AllowOther) return "allow_other";
        if (there.FsName != asked.FsName) return "fsname";
        if (there.Subtype != asked.Subtype) return "subtype";
        if (there.MaxWrite != asked.MaxWrite) return "max_write";
        if (there.MaxRead != asked.MaxRead) return "max_read";
        if (there.MaxReadAhead != asked.MaxReadAhead) return "max_readahead";
        if (there.MaxBackground != asked.MaxBackground) return "max_background";
        if (there.Transport != asked.Transport) return "transport";
        if (there.Passthrough != asked.Passthrough) return "passthrough";
        if (there.Locks != asked.Locks) return "locks";
        if (there.CacheTimeout != asked.CacheTimeout || there.NegativeTimeout != asked.NegativeTimeout) return "cache timeout";
        return there.Security != asked.Security ? "security context" : null;
    }

    private static void Require(IoResult result, string mountPoint)
    {
        if (!result.Succeeded) throw new Refusal(ExitCode.Failure, $"mount failed on {mountPoint}: {result.Error.Describe()}");
    }
}

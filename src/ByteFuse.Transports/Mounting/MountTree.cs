using ByteFuse.Linux;

namespace ByteFuse.Transports;

/// <summary>The tree of mounts: root changes it by mount(2) and umount2(2), other users by fusermount3. Blocks.</summary>
public static class MountTree
{
    /// <summary>False where this user can mount nothing.</summary>
    public static bool IsAllowed => IsRoot || Fusermount.Find() is not null;

    private static bool IsRoot => ProcessCalls.EffectiveUserId == 0;

    /// <summary>umount2(2), or the like of it: EBUSY, EINVAL, EPERM. Of the flags, <see cref="MountCalls.Detach"/> alone.</summary>
    public static IoResult Unmount(string mountPoint, int flags = 0)
    {
        if (IsRoot) return MountCalls.Unmount(mountPoint, flags);
        var error = Fusermount.Unmount(mountPoint, (flags & MountCalls.Detach) != 0);
        return error == Errno.None ? IoResult.FromValue(0) : IoResult.FromError(error);
    }

    /// <summary>Mounts: a descriptor of /dev/fuse that does not block, or what failed.</summary>
    internal static Errno Mount(FuseMountOptions options, out int descriptor, out string step)
    {
        if (!IsRoot)
        {
            var refused = Fusermount.Mount(options, out descriptor, out var problem);
            step = $"fusermount3 ({problem})";
            return refused;
        }
        step = "open /dev/fuse";
        var opened = FuseDevice.Open(nonBlocking: true);
        descriptor = opened.Succeeded ? opened.Value : -1;
        if (!opened.Succeeded) return opened.Error;
        step = "mount";
        var mounted = MountCalls.Mount(options.Source, options.MountPoint, options.Type, options.Flags, options.Data(descriptor));
        if (!mounted.Succeeded) FileCalls.Close(descriptor);
        return mounted.Error;
    }
}

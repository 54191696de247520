namespace ByteFuse.Testing;

/// <summary>Unmounting at the end of a test.</summary>
internal static class Unmount
{
    /// <summary>Unmounts whatever is mounted there, lazily if it is still in use; nothing mounted is no error.</summary>
    internal static void Now(string mountPoint)
    {
        // A loop device or a daemon may hold a mount busy for a moment after its last user has gone: 50 tries of 20 ms.
        long error = 0;
        for (int attempt = 0; attempt < 50; attempt++)
        {
            error = Sys.Umount2(mountPoint, 0);
            if (error != -Abi.EBUSY)
                break;
            Thread.Sleep(20);
        }
        if (error is 0 or -Abi.EINVAL or -Abi.ENOENT)
            return;
        error = Sys.Umount2(mountPoint, Abi.MNT_DETACH);
        if (error is not (0 or -Abi.EINVAL))
            throw new IOException($"cannot unmount {mountPoint}: {Abi.ErrnoName(error)}");
    }
}

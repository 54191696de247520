namespace ByteFuse.Daemon;

/// <summary>The mount namespace of this process: what a daemon in another one mounts is not seen here.</summary>
public static class MountNamespace
{
    /// <summary>Its name, for instance mnt:[4026531841]; unique on the machine.</summary>
    public static string Own => new FileInfo("/proc/self/ns/mnt").LinkTarget ?? "";
}

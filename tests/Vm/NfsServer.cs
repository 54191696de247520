using System.Globalization;

namespace ByteFuse.VmSuite;

/// <summary>The guest's own NFS server, which exports one folder.</summary>
internal sealed class NfsServer(string folder)
{
    /// <summary>What the server grants a client for coming back after a restart; the kernel's least.</summary>
    private static readonly string Grace = 10.ToString(CultureInfo.InvariantCulture);

    /// <summary>Loads the modules and starts the daemons around the server.</summary>
    internal static void Prepare()
    {
        foreach (string module in new[] { "nfsd", "nfsv3", "nfsv4" })
            Command.Check("modprobe", module);
        foreach (string path in new[] { "/run/rpc_pipefs", "/run/rpcbind", "/var/lib/nfs/nfsdcld", "/etc/exports.d" })
            Directory.CreateDirectory(path);
        File.WriteAllText("/etc/exports", "");
        Command.Check("mount", "-t", "rpc_pipefs", "rpc_pipefs", "/run/rpc_pipefs");
        Command.Check("mount", "-t", "nfsd", "nfsd", "/proc/fs/nfsd");
        Daemon("rpcbind", "-w");
        // Remembers the clients, so that they may reclaim what they had open.
        Daemon("nfsdcld");
        Daemon("rpc.mountd");
    }

    internal void Start()
    {
        // A FUSE file system has neither a device number that lasts nor a UUID: the export needs a number of its own.
        Command.Check("exportfs", "-o", "rw,no_root_squash,no_subtree_check,fsid=1", "*:" + folder);
        Command.Check("rpc.nfsd", "--grace-time", Grace, "--lease-time", Grace, "2");
    }

    /// <summary>Ends the server and what it holds open on the folder, which may be unmounted then.</summary>
    internal static void Stop()
    {
        Command.Check("rpc.nfsd", "0");
        Command.Check("exportfs", "-ua");
        Command.Check("exportfs", "-f");
    }

    /// <summary>
    /// Makes the kernel forget what nobody holds: dentries and inodes of the exported folder, which file handles must find again,
    /// and pages, so that reading asks the server.
    /// </summary>
    internal static void DropCaches()
    {
        // A first pass takes the files that the server kept open in case they are asked for again.
        for (int pass = 0; pass < 2; pass++)
            File.WriteAllText("/proc/sys/vm/drop_caches", "3\n");
    }

    // A daemon keeps its starter's pipes: they go nowhere.
    private static void Daemon(string program, params string[] arguments) =>
        Command.Check("sh", "-c", $"{program} {string.Join(' ', arguments)} >/dev/null 2>&1");
}

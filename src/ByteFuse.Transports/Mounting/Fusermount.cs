using System.Diagnostics;
using System.Globalization;
using ByteFuse.Linux;

namespace ByteFuse.Transports;

/// <summary>
/// libfuse's fusermount3: setuid root, it mounts and unmounts for users, and decides what they may (fusermount3(1), /etc/fuse.conf).
/// </summary>
internal static class Fusermount
{
    private const string Name = "fusermount3";

    // The socket over which it passes the descriptor of /dev/fuse (receive_fd in lib/mount.c).
    private const string SocketVariable = "_FUSE_COMMFD";

    private static readonly string[] Folders = ["/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin", "/sbin", "/run/wrappers/bin"];

    // What it takes of the flags of mount(2). nosuid and nodev it adds by itself; access times are left as the kernel has them.
    private static readonly (ulong Flag, string Text)[] Flags =
    [
        (MountCalls.ReadOnly, "ro"), (MountCalls.NoSetUserId, "nosuid"), (MountCalls.NoDevices, "nodev"), (MountCalls.NoExecute, "noexec"),
        (MountCalls.Synchronous, "sync"), (MountCalls.DirectorySynchronous, "dirsync"), (MountCalls.NoAccessTime, "noatime"),
        (MountCalls.NoDirectoryAccessTime, "nodiratime"),
    ];

    /// <summary>The program; null where there is none.</summary>
    public static string? Find() => Folders.Select(folder => Path.Combine(folder, Name)).FirstOrDefault(File.Exists);

    /// <summary>Mounts; EPERM with what it says where it does not.</summary>
    public static Errno Mount(FuseMountOptions options, out int descriptor, out string problem)
    {
        (descriptor, problem) = (-1, "no socket");
        var error = UnixSocketRights.CreatePair(sequencedPackets: false, out var here, out var there);
        if (error != Errno.None) return error;
        FileCalls.SetCloseOnExec(there, false);
        error = Run(["-o", Text(options), "--", options.MountPoint], there, out problem);
        FileCalls.Close(there);
        if (error == Errno.None)
        {
            // It has ended: what it sent is there.
            FileCalls.SetNonBlocking(here, true);
            Span<int> passed = [-1];
            Span<byte> data = [0];
            error = UnixSocketRights.Receive(here, data, passed, out var count).Error;
            if (error == Errno.None && count != 1) error = Errno.EBADMSG;
            descriptor = passed[0];
        }
        FileCalls.Close(here);
        return error == Errno.None ? FileCalls.SetNonBlocking(descriptor, true).Error : error;
    }

    /// <summary>Unmounts: EBUSY where it is in use, EINVAL where nothing is mounted, EPERM where the user may not.</summary>
    public static Errno Unmount(string mountPoint, bool lazy)
    {
        var error = Run(lazy ? ["-u", "-z", "--", mountPoint] : ["-u", "--", mountPoint], null, out var problem);
        if (problem.Contains("busy", StringComparison.Ordinal)) return Errno.EBUSY;
        return problem.Contains("not found", StringComparison.Ordinal) ? Errno.EINVAL : error;
    }

    private static string Text(FuseMountOptions options)
    {
        List<string> words = [.. Flags.Where(flag => (options.Flags & flag.Flag) != 0).Select(flag => flag.Text)];
        words.AddRange(["default_permissions", $"fsname={Escape(options.Source)}", $"subtype={Escape(options.Subtype)}"]);
        if (options.AllowOther) words.Add("allow_other");
        if (options.MaxRead is { } bytes) words.Add($"max_read={bytes}");
        return string.Join(',', words);
    }

    private static string Escape(string value) => value.Replace("\\", "\\\\").Replace(",", "\\,");

    private static Errno Run(IEnumerable<string> arguments, int? socket, out string problem)
    {
        problem = $"there is no {Name}";
        if (Find() is not { } program) return Errno.ENOENT;
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C";
        if (socket is { } fd) start.Environment[SocketVariable] = fd.ToString(CultureInfo.InvariantCulture);
        using var process = Process.Start(start)!;
        var lines = process.StandardError.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        var last = lines.Length == 0 ? $"exit code {process.ExitCode}" : lines[^1];
        // Behind its own name.
        problem = last[(last.IndexOf(": ", StringComparison.Ordinal) is var colon and >= 0 ? colon + 2 : 0)..];
        return process.ExitCode == 0 ? Errno.None : Errno.EPERM;
    }
}

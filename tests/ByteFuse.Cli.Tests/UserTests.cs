using System.Text.Json;
using ByteFuse.Testing;

namespace ByteFuse.Cli.Tests;

/// <summary>Volumes of a user who is not root, mounted by fusermount3.</summary>
public sealed class UserTests : CommandTest
{
    private const string User = "65534";
    private const string Fusermount = "/usr/bin/fusermount3";

    private const string Device = "/dev/fuse";
    private const UnixFileMode Everybody = (UnixFileMode)0x1B6;

    private readonly string program;
    private readonly UnixFileMode deviceMode = File.GetUnixFileMode(Device);

    public UserTests()
    {
        Assert.SkipUnless(File.Exists(Fusermount), "fusermount3 (package fuse3) is not installed");
        Assert.SkipUnless((File.GetUnixFileMode(Fusermount) & UnixFileMode.SetUser) != 0, "fusermount3 is not setuid");
        // As udev makes it (50-udev-default.rules): fusermount3 opens it as the user.
        if ((deviceMode & Everybody) != Everybody) File.SetUnixFileMode(Device, Everybody);
        // Where the build lies, others need not be let in.
        var built = new FileInfo(MountedVolume.FindCommand());
        program = Path.Combine(Folder, "program", built.Name);
        Command.Check("cp", "-a", built.DirectoryName!, Path.Combine(Folder, "program"));
        Directory.CreateDirectory(Path.Combine(Folder, "runtime"));
        Command.Check("chmod", "-R", "a+rX", Folder);
        Command.Check("chown", User, Folder, MountPoint, Path.Combine(Folder, "runtime"));
        Command.Check("chmod", "700", Path.Combine(Folder, "runtime"));
    }

    private string RunDirectory => Path.Combine(Folder, "runtime", "bytefuse");

    private string RuntimeVariable => $"XDG_RUNTIME_DIR={Folder}/runtime";

    public override void Dispose()
    {
        if (IsMounted(MountPoint)) Sys.Umount2(MountPoint, Abi.MNT_DETACH);
        var pidFile = Path.Combine(RunDirectory, "daemon.pid");
        if (File.Exists(pidFile) && int.Parse(File.ReadAllText(pidFile)) is var pid && Sys.Kill(pid, Abi.SIGTERM) == 0) Eventually(() => !ProcessState.IsRunning(pid), "the daemon ended");
        // The keeper outlives its daemon by a moment, in which it still writes to the run directory.
        Eventually(() => ProcessState.WithVariable(RuntimeVariable).Count == 0, "the keeper ended");
        if ((deviceMode & Everybody) != Everybody) File.SetUnixFileMode(Device, deviceMode);
        base.Dispose();
    }

    [Fact]
    public void A_user_mounts_works_and_unmounts_without_root()
    {
        Succeeds(program, "format", Url);
        Succeeds(program, "mount", Url, MountPoint);
        var mount = File.ReadAllLines("/proc/self/mountinfo").Single(line => line.Split(' ')[4] == MountPoint);
        Assert.Contains($"user_id={User}", mount);
        Assert.Contains("nosuid", mount);
        Assert.Contains("fuse.bytefuse", mount);
        Succeeds("sh", "-c", $"cd {MountPoint} && echo content > file && mkdir d && mv file d/file && ln d/file e && rm d/file && cat e && dd if=/dev/zero of=big bs=1M count=8 2>/dev/null && cmp -n 8388608 big /dev/zero");
        // Without allow_other not even root.
        Assert.Equal(-Abi.EACCES, Sys.Access(MountPoint + "/e", 0));

        var status = JsonDocument.Parse(Succeeds(program, "status", "--json")).RootElement;
        Assert.Empty(status.GetProperty("daemon").GetProperty("sandbox").GetProperty("capabilities").EnumerateArray());
        Assert.Equal(RunDirectory, status.GetProperty("daemon").GetProperty("runDirectory").GetString());
        Assert.Contains("off", Succeeds(program, "status", MountPoint).Split('\n').Single(line => line.Contains("passthrough", StringComparison.Ordinal)));

        Succeeds(program, "umount", MountPoint);
        Assert.False(IsMounted(MountPoint));
        Assert.Contains("clean", Succeeds(program, "fsck", Url));
    }

    [Fact]
    public void A_daemon_that_is_told_to_end_unmounts_for_its_user()
    {
        Succeeds(program, "format", Url);
        Succeeds(program, "mount", Url, MountPoint, "-o", "transport=classic");
        var pid = int.Parse(File.ReadAllText(Path.Combine(RunDirectory, "daemon.pid")));
        Sys.Kill(pid, Abi.SIGTERM);
        Eventually(() => !ProcessState.IsRunning(pid), "the daemon ended");
        Assert.False(IsMounted(MountPoint));
    }

    [Fact]
    public void What_fusermount_refuses_is_said_in_one_line()
    {
        Succeeds(program, "format", Url);
        var closed = Path.Combine(Folder, "closed");
        Directory.CreateDirectory(closed);
        Refused("fusermount3", "mount", Url, closed);
        if (!File.Exists("/etc/fuse.conf") || !File.ReadLines("/etc/fuse.conf").Any(line => line.Trim() == "user_allow_other"))
            Refused("user_allow_other", "mount", Url, MountPoint, "-o", "allow_other");
        Succeeds(program, "mount", Url, MountPoint);
        var second = Path.Combine(Folder, "second");
        Directory.CreateDirectory(second);
        Command.Check("chown", User, second);
        Refused("not permitted", "mount", Url, second);
        Succeeds(program, "umount", MountPoint);
    }

    private CommandResult AsUser(params string[] command) =>
        Command.Run("setpriv", [$"--reuid={User}", $"--regid={User}", "--clear-groups", "env", "-u", "BYTEFUSE_RUN_DIRECTORY", RuntimeVariable, $"HOME={Folder}", .. command]);

    private string Succeeds(params string[] command)
    {
        var result = AsUser(command);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', command)}: exit code {result.ExitCode}: {result.Error}");
        return result.Output;
    }

    private void Refused(string saying, params string[] arguments)
    {
        var result = AsUser([program, .. arguments]);
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("bytefuse: ", result.Error);
        Assert.Contains(saying, result.Error);
        Assert.Equal(1, result.Error.Count(character => character == '\n'));
    }
}

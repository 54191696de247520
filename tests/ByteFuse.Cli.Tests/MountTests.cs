using System.Diagnostics;
using System.Text.Json;
using ByteFuse.Testing;

namespace ByteFuse.Cli.Tests;

/// <summary>The life of a mount, as its users see it.</summary>
public sealed class MountTests : CommandTest
{
    private const int Eight = 8 << 20;

    [Fact]
    public void Mount_returns_when_it_is_ready_and_umount_when_it_is_closed()
    {
        Succeed("format", Url);
        Succeed("mount", Url, MountPoint);
        Assert.True(IsMounted(MountPoint));
        File.WriteAllText(Path.Combine(MountPoint, "file"), "content");
        var pid = DaemonPid();
        Succeed("umount", MountPoint);
        Assert.False(IsMounted(MountPoint));
        // The node's daemon stays for a while.
        Assert.True(ProcessState.IsRunning(pid));
        // The store is free at once, and what was written is there.
        Succeed("mount", Url, MountPoint);
        Assert.Equal("content", File.ReadAllText(Path.Combine(MountPoint, "file")));
        Succeed("umount", MountPoint);
    }

    [Fact]
    public void A_mount_leaves_nothing_behind_in_the_run_directory()
    {
        Succeed("format", Url);
        using var state = JsonDocument.Parse(Succeed("mount", Url, MountPoint, "--json"));
        var id = state.RootElement.GetProperty("id").GetString()!;
        Assert.NotEmpty(Directory.EnumerateFiles(RunFolder, id + ".*"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(state.RootElement.GetProperty("controlSocket").GetString()!));
        Succeed("umount", MountPoint);
        Assert.Empty(Directory.EnumerateFiles(RunFolder, id + ".*"));
    }

    [Fact]
    public void Umount2_from_outside_closes_the_volume_in_order()
    {
        Succeed("format", Url);
        Succeed("mount", Url, MountPoint);
        File.WriteAllText(Path.Combine(MountPoint, "file"), "content");
        Command.Check("umount", MountPoint);
        // At once: the volume may still be being closed.
        Succeed("mount", Url, MountPoint);
        Assert.Equal("content", File.ReadAllText(Path.Combine(MountPoint, "file")));
        Succeed("umount", MountPoint);
    }

    [Fact]
    public void A_busy_mount_is_refused_and_goes_on()
    {
        Succeed("format", Url);
        Succeed("mount", Url, MountPoint);
        using (var open = new FileStream(Path.Combine(MountPoint, "file"), FileMode.Create))
        {
            Refused(3, "in use", "umount", MountPoint);
            open.WriteByte(1);
            Succeed("umount", "--lazy", MountPoint);
            Assert.False(IsMounted(MountPoint));
            // Detached, and still served.
            open.WriteByte(2);
            open.Flush(flushToDisk: true);
        }
        Eventually(() => !Succeed("status").Contains(MountPoint, StringComparison.Ordinal), "the mount ended with its last user");
        Succeed("mount", Url, MountPoint);
        Assert.Equal([1, 2], File.ReadAllBytes(Path.Combine(MountPoint, "file")));
        Succeed("umount", MountPoint);
    }

    [Theory]
    [InlineData(15)]
    [InlineData(2)]
    public void A_signal_in_the_middle_of_writing_unmounts_and_keeps_what_was_written(int signal)
    {
        Succeed("format", Url);
        Succeed("mount", Url, MountPoint);
        var pid = DaemonPid();
        var block = new byte[4096];
        Array.Fill(block, (byte)7);
        long written = 0;
        using (var file = new FileStream(Path.Combine(MountPoint, "file"), FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0))
        {
            for (; written < 256; written++) file.Write(block);
            Assert.Equal(0, Sys.Kill(pid, signal));
            // The daemon takes the mount away and waits for us for a while: writes go on until it has had enough.
            Eventually(() => !IsMounted(MountPoint), "the mount was taken out of the tree");
            file.Write(block);
            written++;
        }
        Eventually(() => !ProcessState.IsRunning(pid), "the daemon ended");
        Succeed("mount", Url, MountPoint);
        var content = File.ReadAllBytes(Path.Combine(MountPoint, "file"));
        Assert.Equal(written * block.Length, content.Length);
        Assert.All(content, value => Assert.Equal(7, value));
        Succeed("umount", MountPoint);
    }

    [Fact]
    public void A_killed_daemon_leaves_a_store_that_mounts_again()
    {
        using var volume = new MountedVolume(Store, MountPoint);
        File.WriteAllText(Path.Combine(MountPoint, "file"), "content");
        volume.Kill9();
        Assert.Contains("\"state\": \"dead\"", volume.Run("status", "--json"));
        volume.Mount();
        Assert.Equal("content", File.ReadAllText(Path.Combine(MountPoint, "file")));
        volume.Umount();
        Assert.DoesNotContain(MountPoint, volume.Run("status", "--json"));
    }

    [Fact]
    public void A_dead_mount_can_be_unmounted()
    {
        Succeed("format", Url);
        Succeed("mount", Url, MountPoint);
        var pid = DaemonPid();
        Sys.Kill(pid, Abi.SIGKILL);
        Eventually(() => !ProcessState.IsRunning(pid), "the daemon is dead");
        Succeed("umount", MountPoint);
        Assert.False(IsMounted(MountPoint));
    }

    [Fact]
    public async Task Foreground_serves_until_sigterm_and_logs_to_stderr()
    {
        Succeed("format", Url);
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("BYTEFUSE") is { Length: > 0 } command ? command : "bytefuse",
            ["mount", Url, MountPoint, "--foreground"])
        { RedirectStandardError = true };
        Assert.SkipWhen(start.FileName == "bytefuse", "BYTEFUSE does not name the built command");
        using var daemon = Process.Start(start)!;
        var lines = daemon.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        Eventually(() => IsMounted(MountPoint), "it was mounted");
        File.WriteAllText(Path.Combine(MountPoint, "file"), "");
        Sys.Kill(daemon.Id, Abi.SIGTERM);
        Assert.True(daemon.WaitForExit(TimeSpan.FromMinutes(2)));
        Assert.Equal(0, daemon.ExitCode);
        Assert.False(IsMounted(MountPoint));
        var log = await lines;
        Assert.Contains(" INFO mounted ", log);
        Assert.Contains(" INFO unmounted ", log);
    }

    [Fact]
    public void Options_reach_the_kernel()
    {
        Succeed("format", Url);
        Succeed("mount", Url, MountPoint, "-o", "ro,noatime,nosuid,nodev,noexec,fsname=my volume,subtype=other");
        var line = File.ReadLines("/proc/self/mountinfo").Single(entry => entry.Split(' ')[4] == MountPoint);
        foreach (var option in (string[])["ro", "noatime", "nosuid", "nodev", "noexec"]) Assert.Contains(option, line.Split(' ')[5].Split(','));
        Assert.Contains("fuse.other my\\040volume", line);
        Assert.Contains("default_permissions", line);
        Assert.Contains("allow_other", line);
        Assert.Throws<IOException>(() => File.WriteAllText(Path.Combine(MountPoint, "file"), ""));
        Succeed("umount", MountPoint);
    }

    [Fact]
    public void Large_requests_are_agreed_on_where_the_kernel_lets_us()
    {
        Succeed("format", Url);
        Succeed("mount", Url, MountPoint, "-o", "max_write=8M");
        using var status = JsonDocument.Parse(Succeed("status", MountPoint, "--json"));
        var pages = int.Parse(File.Exists("/proc/sys/fs/fuse/max_pages_limit") ? File.ReadAllText("/proc/sys/fs/fuse/max_pages_limit") : "256");
        Assert.Equal(Math.Min(Eight, pages * 4096), status.RootElement.GetProperty("maxWrite").GetInt32());
        var content = new byte[3 * Eight + 1];
        new Random(1).NextBytes(content);
        File.WriteAllBytes(Path.Combine(MountPoint, "file"), content);
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(MountPoint, "file")));
        Succeed("umount", MountPoint);
    }

    [Fact]
    public void Mount_points_may_be_links_and_hold_spaces()
    {
        var real = Path.Combine(Folder, "a b\\c");
        Directory.CreateDirectory(real);
        var link = Path.Combine(Folder, "link");
        File.CreateSymbolicLink(link, real);
        Succeed("format", Url);
        Succeed("mount", Url, link);
        try
        {
            File.WriteAllText(Path.Combine(real, "file"), "");
            using var status = JsonDocument.Parse(Succeed("status", "--json"));
            Assert.Contains(status.RootElement.GetProperty("mounts").EnumerateArray(), mount => mount.GetProperty("mountPoint").GetString() == real);
        }
        finally
        {
            Succeed("umount", link);
        }
        Assert.Empty(Directory.EnumerateFileSystemEntries(real));
    }
}

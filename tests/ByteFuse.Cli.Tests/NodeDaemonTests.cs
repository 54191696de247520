using System.Diagnostics;
using System.Text.Json;
using ByteFuse.Testing;

namespace ByteFuse.Cli.Tests;

/// <summary>One daemon for all mounts of a node.</summary>
public sealed class NodeDaemonTests : CommandTest
{
    private readonly OwnDaemon own = new();

    public override void Dispose()
    {
        own.Dispose();
        // What a failed test left.
        for (var i = 0; i < 5; i++) Sys.Umount2(Path.Combine(Folder, $"place{i}"), Abi.MNT_DETACH);
        base.Dispose();
    }

    [Fact]
    public async Task First_mounts_at_the_same_time_end_up_in_one_daemon()
    {
        const int volumes = 5;
        var urls = Volumes(volumes);
        var mounts = Enumerable.Range(0, volumes).Select(number => Task.Run(() => own.Run("mount", urls[number], Place(number)))).ToArray();
        Assert.All(await Task.WhenAll(mounts), mount => Assert.True(mount.ExitCode == 0, mount.Error));
        Assert.Equal(own.Pid, Assert.Single(MountedBy().Values.Distinct()));
        for (var i = 0; i < volumes; i++) File.WriteAllText(Path.Combine(Place(i), "whose"), $"{i}");
        for (var i = 0; i < volumes; i++) Assert.Equal($"{i}", File.ReadAllText(Path.Combine(Place(i), "whose")));
        Assert.Equal(volumes, own.Get("/v1/status").GetProperty("mounts").GetInt32());
        for (var i = 0; i < volumes; i++) own.Succeed("umount", Place(i));
    }

    [Fact]
    public void A_volume_at_two_places_is_one_and_closed_with_the_last()
    {
        var url = Volumes(1)[0];
        own.Succeed("mount", url, Place(0));
        own.Succeed("mount", url, Place(1), "-o", "ro,nosuid");
        // Each sees at once what the other does; the second is read-only.
        File.WriteAllText(Path.Combine(Place(0), "file"), "content");
        Assert.Equal("content", File.ReadAllText(Path.Combine(Place(1), "file")));
        Assert.Throws<IOException>(() => File.WriteAllText(Path.Combine(Place(1), "other"), ""));
        using (var held = File.Open(Path.Combine(Place(0), "file"), FileMode.Open))
        {
            var flock = Command.Run("flock", ["--nonblock", Path.Combine(Place(1), "file"), "true"]);
            // .NET holds a flock(2) on what it opened: it is seen at the other place.
            Assert.Equal(1, flock.ExitCode);
        }
        own.Refused(3, "another max_write", "mount", url, Place(2), "-o", "max_write=64K");
        own.Succeed("umount", Place(0));
        Assert.False(IsMounted(Place(0)));
        Assert.Equal("content", File.ReadAllText(Path.Combine(Place(1), "file")));
        own.Succeed("mount", url, Place(2));
        // Somebody else takes one of them away: that is noticed.
        Command.Check("umount", Place(1));
        Assert.Equal(Place(2), Assert.Single(own.Get("/v1/mounts").GetProperty("mounts").EnumerateArray()).GetProperty("mountPoint").GetString());
        own.Succeed("umount", Place(2));
        Assert.Contains("clean", own.Succeed("fsck", url));
    }

    [Fact]
    public void Options_of_the_process_are_refused_where_others_are_in_force()
    {
        var urls = Volumes(2);
        own.Succeed("mount", urls[0], Place(0), "-o", "reactors=1");
        var pid = own.Pid;
        own.Refused(3, "busy_poll=0", "mount", urls[1], Place(1), "-o", "busy_poll=20");
        own.Refused(3, "no logfile", "mount", urls[1], Place(1), "-o", $"logfile={Folder}/log");
        own.Succeed("mount", urls[1], Place(1), "-o", "reactors=1");
        own.Succeed("umount", Place(0));
        own.Succeed("umount", Place(1));
        // Nobody needs it as it is any more.
        own.Succeed("mount", urls[1], Place(1), "-o", $"busy_poll=20,logfile={Folder}/log");
        Assert.NotEqual(pid, own.Pid);
        Assert.Contains(" INFO mounted ", File.ReadAllText($"{Folder}/log"));
        own.Succeed("umount", Place(1));
    }

    [Fact]
    public void A_killed_daemon_takes_its_mounts_along_and_the_next_one_brings_them_back()
    {
        var urls = Volumes(2);
        for (var i = 0; i < 2; i++) own.Succeed("mount", urls[i], Place(i));
        for (var i = 0; i < 2; i++) File.WriteAllText(Path.Combine(Place(i), "file"), $"{i}");
        var pid = own.Pid;
        Sys.Kill(pid, Abi.SIGKILL);
        Eventually(() => !ProcessState.IsRunning(pid), "the daemon is dead");
        own.Succeed("umount", Place(0));
        own.Succeed("umount", "--lazy", Place(1));
        for (var i = 0; i < 2; i++) own.Succeed("mount", urls[i], Place(i));
        for (var i = 0; i < 2; i++) Assert.Equal($"{i}", File.ReadAllText(Path.Combine(Place(i), "file")));
        Assert.DoesNotContain("\"dead\"", own.Succeed("status", "--json"));
        for (var i = 0; i < 2; i++) own.Succeed("umount", Place(i));
    }

    [Fact]
    public void Sigterm_unmounts_everything()
    {
        var urls = Volumes(2);
        for (var i = 0; i < 2; i++) own.Succeed("mount", urls[i], Place(i));
        own.Succeed("mount", urls[0], Place(2));
        File.WriteAllText(Path.Combine(Place(0), "file"), "content");
        var pid = own.Pid;
        Sys.Kill(pid, Abi.SIGTERM);
        Eventually(() => !ProcessState.IsRunning(pid), "the daemon ended");
        for (var i = 0; i < 3; i++) Assert.False(IsMounted(Place(i)));
        Assert.Empty(Directory.EnumerateFiles(own.RunFolder, "*.json"));
        Assert.False(File.Exists(own.Socket));
        Assert.Contains("clean", own.Succeed("fsck", urls[0]));
    }

    [Fact]
    public void A_mount_in_the_foreground_has_a_daemon_of_its_own()
    {
        var urls = Volumes(2);
        own.Succeed("mount", urls[0], Place(0));
        using var foreground = Process.Start(new ProcessStartInfo(MountedVolume.FindCommand(), ["mount", urls[1], Place(1), "--foreground"])
        {
            Environment = { ["BYTEFUSE_RUN_DIRECTORY"] = own.RunFolder },
            RedirectStandardError = true,
        })!;
        foreground.BeginErrorReadLine();
        Eventually(() => MountedBy().Count == 2, "both were announced");
        var mounts = MountedBy();
        Assert.Equal(own.Pid, mounts[Place(0)]);
        Assert.NotEqual(own.Pid, mounts[Place(1)]);
        own.Refused(3, "held by another daemon", "mount", urls[1], Place(2));
        own.Succeed("umount", Place(1));
        Assert.True(foreground.WaitForExit(TimeSpan.FromMinutes(1)));
        Assert.Equal(0, foreground.ExitCode);
        own.Succeed("umount", Place(0));
    }

    [Fact]
    public void A_daemon_without_mounts_ends_when_its_time_is_over_and_a_second_one_is_refused()
    {
        own.Succeed("daemon", "--idle-timeout", "1");
        var pid = own.Pid;
        own.Refused(3, "a daemon runs already", "daemon");
        Eventually(() => !ProcessState.IsRunning(pid), "the daemon ended");
        Assert.False(File.Exists(own.Socket));
        own.Succeed("daemon");
        Assert.Equal(JsonValueKind.Null, own.Get("/v1/status").GetProperty("idleTimeoutSeconds").ValueKind);
    }

    [Fact]
    public void A_command_in_another_mount_namespace_is_refused()
    {
        var url = Volumes(1)[0];
        own.Succeed("daemon");
        var result = Command.Run(
            "unshare", ["--mount", "--propagation", "private", MountedVolume.FindCommand(), "mount", url, Place(0)],
            environment: new Dictionary<string, string> { ["BYTEFUSE_RUN_DIRECTORY"] = own.RunFolder });
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("another mount namespace", result.Error);
    }

    [Fact]
    public void A_volume_in_a_mount_of_the_same_daemon_is_refused()
    {
        var url = Volumes(1)[0];
        own.Succeed("mount", url, Place(0));
        var inner = $"file://{Place(0)}/inner";
        own.Succeed("format", inner);
        own.Refused(3, "which this daemon serves itself", "mount", inner, Place(1));
        using (var other = new OwnDaemon())
        {
            other.Succeed("mount", inner, Place(1));
            File.WriteAllText(Path.Combine(Place(1), "file"), "content");
            other.Succeed("umount", Place(1));
        }
        own.Succeed("umount", Place(0));
    }

    [Fact]
    public void A_run_directory_of_others_is_refused()
    {
        var folder = Path.Combine(Folder, "run");
        Directory.CreateDirectory(folder);
        File.SetUnixFileMode(folder, (UnixFileMode)0x1FF);
        var result = Command.Run(MountedVolume.FindCommand(), ["daemon"], environment: new Dictionary<string, string> { ["BYTEFUSE_RUN_DIRECTORY"] = folder });
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("others may write", result.Error);
    }

    private string Place(int number)
    {
        var place = Path.Combine(Folder, $"place{number}");
        // A dead mount is not to be touched.
        if (!IsMounted(place)) Directory.CreateDirectory(place);
        return place;
    }

    private string[] Volumes(int count) =>
        [.. Enumerable.Range(0, count).Select(number =>
        {
            var url = $"file://{Folder}/volume{number}";
            own.Succeed("format", url);
            return url;
        })];

    // Mount points, and the process that serves each.
    private Dictionary<string, int> MountedBy()
    {
        using var status = JsonDocument.Parse(own.Succeed("status", "--json"));
        return status.RootElement.GetProperty("mounts").EnumerateArray()
            .ToDictionary(mount => mount.GetProperty("mountPoint").GetString()!, mount => mount.GetProperty("pid").GetInt32());
    }
}

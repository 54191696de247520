using System.Diagnostics;
using System.Text.Json;
using ByteFuse.Testing;

namespace ByteFuse.Cli.Tests;

/// <summary>The node's daemon below its keeper, as `bytefuse mount` starts them.</summary>
public sealed class KeptMountTests : CommandTest
{
    private const string Classic = "transport=classic,passthrough=off";

    // Where the kernel has them, io_uring and passthrough.
    private const string Default = "rw";

    private readonly OwnDaemon own = new();

    public override void Dispose()
    {
        own.Dispose();
        // What a failed test left.
        for (var i = 0; i < 3; i++) Sys.Umount2(Place(i), Abi.MNT_DETACH);
        base.Dispose();
    }

    [Theory]
    [InlineData(Classic)]
    [InlineData(Default)]
    public void A_killed_daemon_leaves_its_mounts_to_the_next_one(string options)
    {
        var urls = Volumes(2);
        own.Succeed("mount", urls[0], Place(0), "-o", options);
        own.Succeed("mount", urls[0], Place(1), "-o", options + ",ro");
        own.Succeed("mount", urls[1], Place(2), "-o", options);
        var keeper = Keeper();
        var killed = own.Pid;
        using (var open = File.Open(Path.Combine(Place(0), "unlinked"), FileMode.CreateNew))
        {
            open.Write("before "u8);
            open.Flush();
            File.Delete(open.Name);
            Assert.Equal(0, Sys.Kill(killed, Abi.SIGKILL));
            // Over io_uring the kernel fails what it hands to a process while it dies, and to its ring for some time after.
            if (options == Default) Eventually(() => own.Pid != killed && ProcessState.IsRunning(own.Pid), "there is another daemon");
            // On the classic transport these wait for it.
            Directory.CreateDirectory(Path.Combine(Place(2), "made"));
            File.WriteAllText(Path.Combine(Place(0), "file"), "content");
            open.Write("after"u8);
            open.Flush();
            open.Position = 0;
            Assert.Equal("before after", new StreamReader(open).ReadToEnd());
        }
        Assert.Equal("content", File.ReadAllText(Path.Combine(Place(1), "file")));
        Assert.Throws<IOException>(() => File.WriteAllText(Path.Combine(Place(1), "other"), ""));
        Eventually(() => own.Pid != killed && ProcessState.IsRunning(own.Pid), "the next daemon says who it is");
        Assert.Equal(keeper, Keeper());
        Assert.Equal("signal 9", Assert.Single(own.Get("/v1/status").GetProperty("restarts").EnumerateArray()).GetProperty("reason").GetString());
        Assert.Equal(3, own.Get("/v1/mounts").GetProperty("mounts").GetArrayLength());
        for (var i = 0; i < 3; i++) own.Succeed("umount", Place(i));
        foreach (var url in urls) Assert.Contains("clean", own.Succeed("fsck", url));

        Sys.Kill(own.Pid, Abi.SIGTERM);
        Eventually(() => !ProcessState.IsRunning(keeper), "the keeper ends with its daemon");
    }

    [Fact]
    public void The_process_that_stands_by_is_the_next_daemon()
    {
        var url = Volumes(1)[0];
        own.Succeed("mount", url, Place(0), "-o", Classic);
        var keeper = Keeper();
        for (var i = 0; i < 2; i++)
        {
            var killed = own.Pid;
            var next = 0;
            Eventually(() => (next = ProcessState.ChildrenOf(keeper).FirstOrDefault(child => child != killed)) != 0, "a process stands by");
            Assert.Equal(0, Sys.Kill(killed, Abi.SIGKILL));
            File.WriteAllText(Path.Combine(Place(0), $"file{i}"), "content");
            Eventually(() => own.Pid == next, "it is the daemon");
        }
        // Of the rehearsals nothing is left, wherever they were.
        own.Succeed("umount", Place(0));
        Sys.Kill(own.Pid, Abi.SIGTERM);
        Eventually(() => !ProcessState.IsRunning(keeper), "the keeper ends with its daemon");
        Assert.Contains("clean", own.Succeed("fsck", url));
    }

    [Fact]
    public void Nobody_stands_by_where_that_is_not_wanted()
    {
        var url = Volumes(1)[0];
        own.Succeed("daemon", "--no-standby");
        own.Succeed("mount", url, Place(0), "-o", Classic);
        var killed = own.Pid;
        // Long enough for one to be started: one that came later still would not fail what is sound.
        Thread.Sleep(2000);
        Assert.Equal([killed], ProcessState.ChildrenOf(Keeper()));
        Assert.Equal(0, Sys.Kill(killed, Abi.SIGKILL));
        File.WriteAllText(Path.Combine(Place(0), "file"), "content");
        Eventually(() => own.Pid != killed, "the next daemon says who it is");
        Assert.False(own.Get("/v1/status").GetProperty("stoodBy").GetBoolean());
        own.Succeed("umount", Place(0));
    }

    [Fact]
    public void A_daemon_whose_keeper_is_killed_goes_on_and_has_another_one()
    {
        var urls = Volumes(2);
        own.Succeed("mount", urls[0], Place(0), "-o", Classic);
        for (var i = 0; i < 2; i++)
        {
            var (keeper, daemon) = (Keeper(), own.Pid);
            Assert.Equal(0, Sys.Kill(keeper, Abi.SIGKILL));
            Eventually(() => !ProcessState.IsRunning(keeper), "the keeper is dead");
            File.WriteAllText(Path.Combine(Place(0), $"file{i}"), "content");
            Eventually(() => TryKeeper() is { } next && next != keeper, "there is another keeper");
            Assert.Equal(daemon, own.Pid);
            // And it keeps: also what is mounted meanwhile.
            if (i == 0) own.Succeed("mount", urls[1], Place(1), "-o", Classic);
            Assert.Equal(0, Sys.Kill(daemon, Abi.SIGKILL));
            for (var place = 0; place < 2; place++) File.WriteAllText(Path.Combine(Place(place), $"later{i}"), "content");
            Eventually(() => own.Pid != daemon && ProcessState.IsRunning(own.Pid), "the next daemon says who it is");
        }
        End(urls, mounts: 2);
    }

    [Fact]
    public void Nobody_starts_another_daemon_while_the_keeper_is_dead()
    {
        var url = Volumes(1)[0];
        own.Succeed("mount", url, Place(0), "-o", Classic);
        var (keeper, daemon) = (Keeper(), own.Pid);
        // It cannot start a keeper like this.
        Assert.Equal(0, Sys.Kill(daemon, Abi.SIGSTOP));
        Assert.Equal(0, Sys.Kill(keeper, Abi.SIGKILL));
        Eventually(() => !ProcessState.IsRunning(keeper), "the keeper is dead");
        own.Refused(3, "runs already", "daemon");
        Assert.Equal(0, Sys.Kill(daemon, Abi.SIGCONT));
        Eventually(() => TryKeeper() is { } next && next != keeper, "there is another keeper");
        End([url], mounts: 1);
    }

    [Fact]
    public void Where_both_are_killed_the_next_mount_clears_the_place()
    {
        var url = Volumes(1)[0];
        own.Succeed("mount", url, Place(0), "-o", Classic);
        File.WriteAllText(Path.Combine(Place(0), "file"), "content");
        var (keeper, daemon) = (Keeper(), own.Pid);
        Assert.Equal(0, Sys.Kill(daemon, Abi.SIGSTOP));
        Assert.Equal(0, Sys.Kill(keeper, Abi.SIGKILL));
        Assert.Equal(0, Sys.Kill(daemon, Abi.SIGKILL));
        Eventually(() => !ProcessState.IsRunning(keeper) && !ProcessState.IsRunning(daemon), "both are dead");
        Assert.Throws<IOException>(() => File.ReadAllText(Path.Combine(Place(0), "file")));
        own.Succeed("mount", url, Place(0), "-o", Classic);
        Assert.Equal("content", File.ReadAllText(Path.Combine(Place(0), "file")));
        End([url], mounts: 1);
        Assert.False(IsMounted(Place(0)));
    }

    [Fact]
    public void Another_keeper_goes_on_with_mounts_in_use_and_the_daemon_notices_nothing()
    {
        var url = Volumes(1)[0];
        own.Succeed("mount", url, Place(0), "-o", Classic);
        var (keeper, daemon) = (Keeper(), own.Pid);
        // As in another container: all that the two share is the socket.
        using var successor = Process.Start(new ProcessStartInfo(MountedVolume.FindCommand(), ["keeper", "--from", Path.Combine(own.RunFolder, "keeper.sock")])
        {
            Environment = { ["BYTEFUSE_RUN_DIRECTORY"] = own.RunFolder },
        })!;
        Eventually(() => !ProcessState.IsRunning(keeper), "the first keeper is done");
        Eventually(() => TryKeeper() is { } next && next != keeper, "the daemon is kept");
        Assert.Equal(daemon, own.Pid);
        using (var open = File.Open(Path.Combine(Place(0), "unlinked"), FileMode.CreateNew, FileAccess.ReadWrite))
        {
            File.Delete(open.Name);
            Assert.Equal(0, Sys.Kill(daemon, Abi.SIGKILL));
            open.Write("content"u8);
            open.Flush();
        }
        Eventually(() => own.Pid != daemon && ProcessState.IsRunning(own.Pid), "the next daemon says who it is");
        Assert.Equal("unknown", Assert.Single(own.Get("/v1/status").GetProperty("restarts").EnumerateArray()).GetProperty("reason").GetString());
        End([url], mounts: 1);
        Assert.True(successor.WaitForExit(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public void What_keeps_a_daemon_from_starting_is_said_at_once()
    {
        // A folder is no log file.
        own.Refused(1, Folder, "mount", Volumes(1)[0], Place(0), "-o", $"logfile={Folder}");
        Assert.False(IsMounted(Place(0)));
    }

    [Theory]
    [InlineData(Classic)]
    [InlineData(Default)]
    public async Task An_upgrade_under_load_fails_no_call(string options)
    {
        var url = Volumes(1)[0];
        own.Succeed("mount", url, Place(0), "-o", options);
        var keeper = Keeper();
        var upgrading = true;
        var written = 0;
        var load = Task.Run(() =>
        {
            for (; Volatile.Read(ref upgrading); written++)
            {
                var file = Path.Combine(Place(0), $"file{written}");
                using (var made = File.Open(file, FileMode.CreateNew)) made.Write("content"u8);
                File.Move(file, file + ".moved");
                Assert.Equal("content", File.ReadAllText(file + ".moved"));
            }
        }, TestContext.Current.CancellationToken);
        for (var i = 0; i < 3; i++)
        {
            var before = own.Pid;
            own.Succeed("upgrade", "--binary", MountedVolume.FindCommand());
            Assert.NotEqual(before, own.Pid);
            Assert.Equal(keeper, Keeper());
        }
        own.Succeed("upgrade", "--keeper", "--binary", MountedVolume.FindCommand());
        Assert.NotEqual(keeper, Keeper());
        Assert.False(ProcessState.IsRunning(keeper));
        Volatile.Write(ref upgrading, false);
        await load;
        Assert.True(written > 0);
        Assert.Equal(written, Directory.GetFiles(Place(0), "*.moved").Length);
        own.Succeed("umount", Place(0));
        Assert.Contains("clean", own.Succeed("fsck", url));
    }

    [Fact]
    public void A_successor_that_does_not_get_ready_costs_nothing()
    {
        var url = Volumes(1)[0];
        own.Succeed("mount", url, Place(0));
        var bad = Path.Combine(Folder, "bad");
        File.WriteAllText(bad, "#!/bin/sh\n[ \"$1\" = --version ] && exit 0\nexit 7\n");
        File.SetUnixFileMode(bad, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var pid = own.Pid;
        own.Refused(1, "exit code 7", "upgrade", "--binary", bad);
        Assert.Equal(pid, own.Pid);
        File.WriteAllText(Path.Combine(Place(0), "file"), "content");
        own.Refused(2, "is not there", "upgrade", "--binary", bad + "2");
        own.Refused(2, "version", "upgrade", "--binary", "/bin/false");
        own.Succeed("umount", Place(0));
        Assert.Contains("clean", own.Succeed("fsck", url));
    }

    [Fact]
    public void Locks_that_the_daemon_keeps_outlive_its_upgrade()
    {
        var url = Volumes(1)[0];
        own.Succeed("mount", url, Place(0), "-o", "locks=daemon");
        var file = Path.Combine(Place(0), "file");
        var holder = Sys.Open(file, Abi.O_CREAT | Abi.O_RDWR, 0x1A4);
        var other = Sys.Open(file, Abi.O_RDWR, 0);
        Assert.Equal(0, Sys.Flock(holder, Abi.LOCK_EX));
        var pid = own.Pid;
        own.Succeed("upgrade");
        Assert.NotEqual(pid, own.Pid);
        Assert.Equal(-Abi.EAGAIN, Sys.Flock(other, Abi.LOCK_EX | Abi.LOCK_NB));
        Assert.Equal(0, Sys.Flock(holder, Abi.LOCK_UN));
        Assert.Equal(0, Sys.Flock(other, Abi.LOCK_EX | Abi.LOCK_NB));
        Sys.Close(holder);
        Sys.Close(other);
        own.Succeed("umount", Place(0));
        Assert.Contains("clean", own.Succeed("fsck", url));
    }

    private void End(IReadOnlyList<string> urls, int mounts)
    {
        var keeper = Keeper();
        for (var i = 0; i < mounts; i++) own.Succeed("umount", Place(i));
        Sys.Kill(own.Pid, Abi.SIGTERM);
        Eventually(() => !ProcessState.IsRunning(keeper), "the keeper ends with its daemon");
        foreach (var url in urls) Assert.Contains("clean", own.Succeed("fsck", url));
    }

    // Null while there is none, or while the daemon is about to start.
    private int? TryKeeper()
    {
        try
        {
            return own.Get("/v1/status").GetProperty("keeperPid") is { ValueKind: JsonValueKind.Number } pid ? pid.GetInt32() : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private int Keeper() => own.Get("/v1/status").GetProperty("keeperPid").GetInt32();

    private string Place(int number) => Path.Combine(Folder, $"place{number}");

    private string[] Volumes(int count)
    {
        for (var i = 0; i < 3; i++) Directory.CreateDirectory(Place(i));
        var urls = Enumerable.Range(0, count).Select(number => $"{Url}{number}").ToArray();
        foreach (var url in urls) own.Succeed("format", url);
        return urls;
    }
}

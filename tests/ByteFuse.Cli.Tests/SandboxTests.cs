using System.Globalization;
using ByteFuse.Testing;

namespace ByteFuse.Cli.Tests;

/// <summary>What a daemon may still do, as the kernel tells it.</summary>
public sealed class SandboxTests : CommandTest
{
    // CAP_DAC_OVERRIDE, FOWNER, IPC_LOCK, SYS_ADMIN, SYS_NICE, SYS_RESOURCE.
    private const ulong Kept = 1ul << 1 | 1ul << 3 | 1ul << 14 | MayMount | 1ul << 23 | 1ul << 24;
    private const ulong MayMount = 1ul << 21;

    private readonly OwnDaemon own = new();

    public override void Dispose()
    {
        own.Dispose();
        base.Dispose();
    }

    [Fact]
    public void No_thread_of_a_daemon_has_what_it_does_not_need()
    {
        own.Succeed("format", Url);
        own.Succeed("mount", Url, MountPoint);
        File.WriteAllText(Path.Combine(MountPoint, "file"), "content");
        var status = own.Get("/v1/status");
        AssertConfined(own.Pid, filter: true);
        AssertConfined(status.GetProperty("keeperPid").GetInt32(), filter: false);
        var sandbox = status.GetProperty("sandbox");
        Assert.Equal("on", sandbox.GetProperty("state").GetString());
        Assert.Contains("CAP_SYS_ADMIN", sandbox.GetProperty("capabilities").EnumerateArray().Select(name => name.GetString()));
        Assert.True(sandbox.GetProperty("noNewPrivileges").GetBoolean());
        Assert.True(sandbox.GetProperty("systemCallFilter").GetBoolean());
        Assert.Equal("on", own.Get("/v1/health").GetProperty("sandbox").GetString());
        Assert.Contains("sandbox: on, ", own.Succeed("status"));
        own.Refused(3, "sandbox=on", "mount", Url, MountPoint, "-o", "sandbox=off");
        own.Succeed("umount", MountPoint);
    }

    [Fact]
    public void A_daemon_in_the_foreground_begins_again_with_less()
    {
        own.Succeed("format", Url);
        using var daemon = own.Start("mount", "--foreground", Url, MountPoint);
        Eventually(() => IsMounted(MountPoint), "it was mounted");
        AssertConfined(daemon.Id, filter: true);
        File.WriteAllText(Path.Combine(MountPoint, "file"), "content");
        own.Succeed("umount", MountPoint);
        Assert.True(daemon.WaitForExit(60_000));
        Assert.Equal(0, daemon.ExitCode);
    }

    [Fact]
    public void A_call_that_is_not_in_the_list_is_refused_to_the_daemon_and_to_what_it_starts()
    {
        own.Succeed("daemon");
        // The daemon asks a program for its version before it is upgraded to.
        var program = Path.Combine(Folder, "program");
        var outcome = Path.Combine(Folder, "outcome");
        File.WriteAllText(program, $"#!/bin/sh\nunshare --net true 2>>{outcome}\nchroot / true 2>>{outcome}\nexit 1\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        own.Refused(2, "version", "upgrade", "--binary", program);
        Assert.Equal(2, File.ReadAllLines(outcome).Count(line => line.Contains("Operation not permitted", StringComparison.Ordinal)));
    }

    [Fact]
    public void It_can_be_switched_off()
    {
        own.Succeed("format", Url);
        own.Succeed("mount", Url, MountPoint, "-o", "sandbox=off");
        Assert.All(Threads(own.Pid), thread => Assert.Equal("0", thread["Seccomp"]));
        var status = own.Get("/v1/status").GetProperty("sandbox");
        Assert.Equal("off", status.GetProperty("state").GetString());
        Assert.False(status.GetProperty("systemCallFilter").GetBoolean());
        own.Succeed("umount", MountPoint);
    }

    [Fact]
    public void What_needs_a_capability_that_is_gone_is_said_in_one_line() =>
        own.Refused(2, "--sandbox off", "daemon", "--metrics-port", "80");

    private static void AssertConfined(int pid, bool filter)
    {
        foreach (var thread in Threads(pid))
        {
            foreach (var set in (ReadOnlySpan<string>)["CapPrm", "CapEff", "CapBnd"]) Assert.Equal(0ul, Set(thread[set]) & ~Kept);
            Assert.Equal(MayMount, Set(thread["CapEff"]) & MayMount);
            Assert.Equal("1", thread["NoNewPrivs"]);
            Assert.Equal(filter ? "2" : "0", thread["Seccomp"]);
        }
    }

    private static ulong Set(string text) => ulong.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static List<Dictionary<string, string>> Threads(int pid)
    {
        var threads = new List<Dictionary<string, string>>();
        foreach (var task in Directory.GetDirectories($"/proc/{pid}/task"))
        {
            try
            {
                threads.Add(File.ReadAllLines(Path.Combine(task, "status")).Select(line => line.Split(':', 2)).ToDictionary(line => line[0], line => line[1].Trim()));
            }
            catch (IOException)
            {
                // It has just ended.
            }
        }
        Assert.NotEmpty(threads);
        return threads;
    }
}

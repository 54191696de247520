using System.Text.Json;
using ByteFuse.Testing;

namespace ByteFuse.Cli.Tests;

/// <summary>What status, metrics and the log tell of a running daemon.</summary>
public sealed class ObservationTests : CommandTest
{
    private readonly OwnDaemon own = new();

    public override void Dispose()
    {
        own.Dispose();
        base.Dispose();
    }

    [Fact]
    public void Restarts_and_their_reasons_are_told()
    {
        own.Succeed("format", Url);
        own.Succeed("mount", Url, MountPoint, "-o", "transport=classic,passthrough=off");
        var killed = own.Pid;
        Sys.Kill(killed, Abi.SIGKILL);
        Eventually(() => own.Pid != killed && ProcessState.IsRunning(own.Pid), "the next daemon says who it is");
        var metrics = own.Ask("GET", "/metrics").Body;
        Assert.Contains("bytefuse_restarts_total 1\n", metrics);
        Assert.Contains("bytefuse_latest_restarts{reason=\"signal 9\"} 1\n", metrics);
        var text = own.Succeed("status");
        Assert.Contains("1 restarts, the last ", text);
        Assert.Contains("signal 9", text);
        own.Succeed("umount", MountPoint);
    }

    [Fact]
    public void Status_has_the_pids_and_the_requests_in_flight_of_each_mount()
    {
        own.Succeed("format", Url);
        own.Succeed("mount", Url, MountPoint);
        var status = JsonDocument.Parse(own.Succeed("status", "--json")).RootElement;
        Assert.Equal(own.Pid, status.GetProperty("daemon").GetProperty("pid").GetInt32());
        Assert.True(ProcessState.IsRunning(status.GetProperty("keeper").GetProperty("pid").GetInt32()));
        var mount = Assert.Single(status.GetProperty("mounts").EnumerateArray());
        Assert.Equal(MountPoint, mount.GetProperty("mountPoint").GetString());
        Assert.InRange(mount.GetProperty("requestsInFlight").GetInt32(), 0, 1);
        own.Succeed("umount", MountPoint);
    }

    [Fact]
    public void A_journal_gets_priorities_and_no_times()
    {
        own.Succeed("format", Url);
        var journal = Path.Combine(Folder, "journal");
        var command = $"exec 2>{journal}; export JOURNAL_STREAM=$(stat --dereference --format=%d:%i /proc/self/fd/2); exec {MountedVolume.FindCommand()} mount --foreground {Url} {MountPoint}";
        using var daemon = own.StartProgram("sh", "-c", command);
        Eventually(() => IsMounted(MountPoint), "it was mounted");
        own.Succeed("umount", MountPoint);
        Assert.True(daemon.WaitForExit(60_000));
        var lines = File.ReadAllLines(journal);
        Assert.Contains(lines, line => line.StartsWith("<6>mounted source=", StringComparison.Ordinal));
        Assert.All(lines, line => Assert.Matches("^<[346]>[a-z_]+( |$)", line));
    }
}

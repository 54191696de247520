using System.Collections.Concurrent;
using System.Text.Json;
using ByteFuse.Testing;

namespace ByteFuse.Cli.Tests;

/// <summary>
/// Two reactors wait for the requests of one mount, each woken for some of them (EPOLLEXCLUSIVE): a request that woke nobody would
/// wait for ever. Bursts come when both sleep, which is when a wake-up can be lost.
/// </summary>
public sealed class SharedMountTests : CommandTest
{
    private const int Threads = 8;
    private const int Bursts = 200;

    // Answers other than "no such file", as ENOTCONN from a mount that came down.
    private readonly ConcurrentDictionary<string, int> surprises = [];

    [Theory]
    [InlineData("classic")]
    [InlineData("auto")]
    public void No_request_is_lost_between_two_reactors(string transport)
    {
        Succeed("format", Url);
        Succeed("mount", "-o", $"reactors=2,transport={transport}", Url, MountPoint);
        using var together = new Barrier(Threads);
        var threads = Enumerable.Range(0, Threads).Select(number => new Thread(() => Look(number, together))).ToList();
        threads.ForEach(thread => thread.Start());
        var ended = threads.TrueForAll(thread => thread.Join(TimeSpan.FromMinutes(2)));
        using var stats = JsonDocument.Parse(Succeed("stats", MountPoint, "--json"));
        // Whoever waits still gets ENOTCONN, and the test its end.
        if (!ended) Sys.Kill(DaemonPid(), Abi.SIGKILL);
        Assert.Empty(surprises);
        Assert.True(ended, stats.RootElement.ToString());
        var lookups = stats.RootElement.GetProperty("operations").EnumerateArray().Single(operation => operation.GetProperty("name").GetString() == "lookup");
        Assert.Equal(Threads * Bursts, lookups.GetProperty("requests").GetInt64());
        if (transport == "classic")
        {
            Assert.All(stats.RootElement.GetProperty("reactors").EnumerateArray(),
                reactor => Assert.True(reactor.GetProperty("requests").GetInt64() > 0, reactor.ToString()));
        }
        Succeed("umount", MountPoint);
    }

    // Names that nobody asked for before: each is one LOOKUP.
    private void Look(int number, Barrier together)
    {
        for (var burst = 0; burst < Bursts; burst++)
        {
            together.SignalAndWait();
            var found = Sys.Access(Path.Combine(MountPoint, $"{number}-{burst}"), 0);
            if (found != -Abi.ENOENT) surprises.AddOrUpdate(Abi.ErrnoName(found), 1, (_, count) => count + 1);
        }
    }
}

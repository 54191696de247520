using ByteFuse.Protocol;
using ByteFuse.Reactor;
using Xunit;

namespace ByteFuse.FileSystem.Tests;

/// <summary>Each fault of ours reaches the log, in the order in which they came, and a flood of them stays bounded.</summary>
public sealed class FaultTests
{
    [Fact]
    public void Every_fault_is_told_once()
    {
        using var reactors = new ReactorSet(new ReactorOptions { MaximumReactors = 1, Pin = false });
        var statistics = new OperationStatistics();
        Count(reactors, statistics, 3);
        Assert.Equal(["read: 0", "read: 1", "read: 2"], statistics.TakeFaults().Select(FirstLine));
        Assert.Empty(statistics.TakeFaults());
    }

    [Fact]
    public void A_flood_is_counted()
    {
        using var reactors = new ReactorSet(new ReactorOptions { MaximumReactors = 1, Pin = false });
        var statistics = new OperationStatistics();
        Count(reactors, statistics, FaultQueue.Maximum + 5);
        var faults = statistics.TakeFaults();
        Assert.Equal(FaultQueue.Maximum + 1, faults.Count);
        Assert.Equal("and 5 more", faults[^1]);
        Count(reactors, statistics, 1);
        Assert.Single(statistics.TakeFaults());
    }

    private static void Count(ReactorSet reactors, OperationStatistics statistics, int faults) => reactors.RunOn(0, () =>
    {
        for (var i = 0; i < faults; i++) statistics.Current.CountFault(Opcode.Read, new InvalidOperationException($"{i}"));
        return new ReactorTask<int>(faults);
    });

    private static string FirstLine(string fault) => fault.Split('\n')[0].Replace("System.InvalidOperationException: ", "");
}

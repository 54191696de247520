namespace ByteFuse.MountBench.Tests;

public sealed class BarTests
{
    private static readonly Bar AtLeast = new("disk", "reads", "ours", "theirs", Sense.AtLeast, 1.5);

    [Fact]
    public void The_median_of_the_rounds_ratios_decides()
    {
        // Of the medians it would be 20 / 10.
        BarResult? result = AtLeast.Judge(Run("disk", ours: [10, 20, 30], theirs: [10, 40, 10]));
        Assert.NotNull(result);
        Assert.Equal([1, 0.5, 3], result.Rounds);
        Assert.Equal(1, result.Median);
        Assert.False(result.Met);
    }

    [Fact]
    public void A_ratio_at_the_bar_clears_it()
    {
        Run run = Run("disk", ours: [3, 3], theirs: [2, 2]);
        Assert.True(AtLeast.Judge(run)!.Met);
        Assert.True((AtLeast with { Sense = Sense.AtMost }).Judge(run)!.Met);
        Assert.False((AtLeast with { Sense = Sense.AtMost, Required = 1.4 }).Judge(run)!.Met);
    }

    [Fact]
    public void What_was_not_measured_is_not_judged()
    {
        Run run = Run("disk", ours: [1], theirs: [1]);
        Assert.Null((AtLeast with { Peer = "nobody" }).Judge(run));
        Assert.Null((AtLeast with { Figure = "writes" }).Judge(run));
    }

    [Fact]
    public void Every_bar_compares_targets_of_its_group()
    {
        Assert.All(Bars.All, bar => Assert.Empty(new[] { bar.Target, bar.Peer }.Except(BarGroup.Named(bar.Run).Targets)));
        Assert.All(BarGroup.Names, name => Assert.Contains(Bars.All, bar => bar.Run == name));
        Assert.All(BarGroup.Names, name => Assert.All(BarGroup.Named(name).Targets, target => TargetKind.Named(target)));
    }

    internal static Run Run(string name, double[] ours, double[] theirs)
    {
        var results = new Results([new TargetKind("theirs", Server.None), new TargetKind("ours", Server.Bytefuse, "options")]);
        foreach (double value in theirs) results.Add("theirs", new Value("reads", "op/s", value));
        foreach (double value in ours) results.Add("ours", new Value("reads", "op/s", value));
        var machine = new Machine("processor", 2, "kernel", 1, "0", "0", 0, "today");
        return new Run(name, StoreKind.Disk, "commit", machine, ours.Length, [new TargetKind("ours", Server.Bytefuse)], results.Figures());
    }
}

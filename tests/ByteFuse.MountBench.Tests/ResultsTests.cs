namespace ByteFuse.MountBench.Tests;

public sealed class ResultsTests
{
    [Fact]
    public void A_figure_has_its_rounds_their_median_and_the_best()
    {
        Figure figure = BarTests.Run("disk", ours: [1, 9, 2, 4], theirs: [3, 3, 3, 3]).Figures[1];
        Assert.Equal([1, 9, 2, 4], figure.Rounds);
        Assert.Equal((3, 9, 3), (figure.Median, figure.Best, figure.RatioToFirst));
    }

    [Fact]
    public void Times_are_better_the_shorter_they_are()
    {
        var results = new Results([new TargetKind("ours", Server.None)]);
        foreach (double value in new double[] { 5, 3, 4 }) results.Add("ours", new Value("make", "s", value));
        Assert.Equal(3, results.Figures().Single().Best);
    }
}

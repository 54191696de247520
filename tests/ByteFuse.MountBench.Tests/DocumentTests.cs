namespace ByteFuse.MountBench.Tests;

public sealed class DocumentTests
{
    [Fact]
    public void The_later_of_two_runs_of_a_group_counts_when_files_are_merged()
    {
        var earlier = new Document([BarTests.Run("disk", [1], [1]), BarTests.Run("null", [1], [1])], []);
        var later = new Document([BarTests.Run("disk", [7], [1])], []);
        Document merged = Document.Merge([earlier, later]);
        Assert.Equal(["disk", "null"], merged.Runs.Select(run => run.Name).Order());
        Assert.Equal([7], merged.Runs.Single(run => run.Name == "disk").Figures.Single(figure => figure.Target == "ours").Rounds);
    }

    [Fact]
    public void A_file_gives_back_what_was_written()
    {
        string path = Path.GetTempFileName();
        try
        {
            Run run = BarTests.Run("disk", [2, 3], [1, 2]);
            var bar = new Bar("disk", "reads", "ours", "theirs", Sense.AtMost, 1.75);
            new Document([run], [bar.Judge(run)!]).Write(path);
            Document read = Document.Read(path);
            Assert.Equal(run.Targets, read.Runs.Single().Targets);
            Assert.Equal(run.Machine, read.Runs.Single().Machine);
            Assert.Equal([2, 3], read.Runs.Single().Figures[1].Rounds);
            Assert.Equal((bar, 1.75, true), (read.Verdicts.Single().Bar, read.Verdicts.Single().Median, read.Verdicts.Single().Met));
        }
        finally
        {
            File.Delete(path);
        }
    }
}

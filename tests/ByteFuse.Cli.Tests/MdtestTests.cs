using System.Text.Json;

namespace ByteFuse.Cli.Tests;

/// <summary>bytefuse mdtest does what it says, on any directory, and leaves nothing behind.</summary>
public sealed class MdtestTests : CommandTest
{
    [Theory]
    [InlineData("-b 6 -I 8 -z 1 -i 3", 3, 56)]
    [InlineData("-b 2 -z 2 -I 3 -L --tasks 3", 1, 12)]
    [InlineData("-b 2 -z 2 -n 29 -w 100 -e 100", 1, 28)]
    [InlineData("-I 5 -u --tasks 2", 1, 5)]
    public void Everything_is_made_and_removed(string options, int iterations, int itemsPerTask)
    {
        var report = JsonDocument.Parse(Succeed(["mdtest", Folder, "--json", .. options.Split(' ')])).RootElement;
        Assert.Equal(iterations, report.GetProperty("iterations").GetInt32());
        Assert.Equal(itemsPerTask, report.GetProperty("itemsPerTask").GetInt32());
        var operations = report.GetProperty("operations").EnumerateArray().ToDictionary(row => row.GetProperty("operation").GetString()!);
        Assert.Equal(
            ["Directory creation", "Directory removal", "Directory stat", "File creation", "File read", "File removal", "File stat",
                "Tree creation", "Tree removal"],
            operations.Keys.Order());
        Assert.All(operations.Values, row =>
        {
            Assert.True(row.GetProperty("minimum").GetDouble() > 0);
            Assert.True(row.GetProperty("maximum").GetDouble() >= row.GetProperty("mean").GetDouble());
            Assert.True(row.GetProperty("standardDeviation").GetDouble() >= 0);
        });
        Assert.Equal([MountPoint], Directory.GetFileSystemEntries(Folder));
    }

    [Fact]
    public void The_summary_is_laid_out_as_by_mdtest()
    {
        var output = Succeed("mdtest", Folder, "-I", "4", "-F");
        Assert.Contains("1 tasks, 4 files\n", output);
        Assert.Contains("SUMMARY rate: (of 1 iterations)\n   Operation                     Max            Min           Mean        Std Dev\n", output);
        Assert.Matches(@"\n   File creation {9} +[0-9.]+ +[0-9.]+ +[0-9.]+ +0\.000\n", output);
        Assert.DoesNotContain("Directory creation", output);
    }

    [Theory]
    [InlineData("give the number of items", "-b", "2")]
    [InlineData("exclude each other", "-I", "1", "-F", "-D")]
    [InlineData("less than one item", "-b", "6", "-z", "4", "-n", "5")]
    [InlineData("must be at least 1", "-I", "1", "-i", "0")]
    public void Options_that_make_no_test_are_refused(string saying, params string[] options) =>
        Refused(2, saying, ["mdtest", Folder, .. options]);

    [Fact]
    public void A_call_that_fails_is_named()
    {
        var result = Run("mdtest", "/proc", "-I", "1");
        Assert.Equal(1, result.ExitCode);
        Assert.Matches("^bytefuse: /proc/test-dir[.][0-9]+: ENOENT\n$", result.Error);
    }
}

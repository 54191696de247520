namespace ByteFuse.Daemon.Tests;

/// <summary>docs/security.md names what the daemon may do, and nothing else.</summary>
public sealed class SecurityPageTests
{
    [Fact]
    public void Capabilities_are_those_that_are_kept() =>
        Assert.Equal(Sandbox.Kept.Names().Order(), Named().Where(name => name.StartsWith("CAP_", StringComparison.Ordinal)).Order());

    [Fact]
    public void System_calls_are_those_that_are_allowed() =>
        // The filter looks at the flags of these by itself.
        Assert.Equal(
            AllowedSystemCalls.All.Select(call => call.Name).Append("clone").Append("unshare").Order(), Named().Where(name => !name.StartsWith("CAP_", StringComparison.Ordinal)).Order());

    [Fact]
    public void No_number_stands_twice()
    {
        Assert.Distinct(AllowedSystemCalls.All.Select(call => call.X64).Where(number => number >= 0));
        Assert.Distinct(AllowedSystemCalls.All.Select(call => call.Arm64).Where(number => number >= 0));
        Assert.All(AllowedSystemCalls.All, call => Assert.InRange(Math.Max(call.X64, call.Arm64), 0, AllowedSystemCalls.Last));
    }

    // What stands in backticks in the first column of a table.
    private static IEnumerable<string> Named()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var page = Path.Combine(folder.FullName, "docs", "security.md");
            if (File.Exists(page))
                return File.ReadLines(page).Where(line => line.StartsWith("| `", StringComparison.Ordinal)).SelectMany(line => line.Split('|')[1].Split('`').Where((_, index) => index % 2 == 1));
        }
        throw new InvalidOperationException("the repository was not found above this program");
    }
}

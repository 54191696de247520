using System.Text.Json;
using ByteFuse.Testing;

// Mounts are the machine's, and two cores are few: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace ByteFuse.Cli.Tests;

/// <summary>A folder for a store and a mount point, and the command, whose daemon nobody else has.</summary>
[Collection(nameof(TestDaemon))]
public abstract class CommandTest : IDisposable
{
    private readonly Scratch scratch = new(Directory.Exists("/dev/shm") ? "/dev/shm" : null);

    protected CommandTest()
    {
        MountPoint = scratch["mount"];
        Directory.CreateDirectory(MountPoint);
    }

    protected static string RunFolder => TestDaemon.RunFolder;

    protected string Folder => scratch.Path;

    protected string Store => scratch["store"];

    protected string Url => "file://" + Store;

    protected string MountPoint { get; }

    public virtual void Dispose()
    {
        GC.SuppressFinalize(this);
        // MNT_DETACH: a failed test may have left it in use. The daemon ends by itself then.
        while (IsMounted(MountPoint)) Assert.Equal(0, Sys.Umount2(MountPoint, Abi.MNT_DETACH));
        scratch.Dispose();
    }

    protected static CommandResult Run(params string[] arguments) => MountedVolume.TryBytefuse(arguments);

    protected static string Succeed(params string[] arguments)
    {
        var result = Run(arguments);
        Assert.True(result.ExitCode == 0, $"bytefuse {string.Join(' ', arguments)}: exit code {result.ExitCode}: {result.Error}");
        return result.Output;
    }

    /// <summary>Part 10: an exit code, exactly one line on stderr that begins with the program's name, and nothing on stdout.</summary>
    protected static void Refused(int exitCode, string saying, params string[] arguments)
    {
        var result = Run(arguments);
        Assert.True(result.ExitCode == exitCode, $"exit code {result.ExitCode} instead of {exitCode}: {result.Error}");
        Assert.StartsWith("bytefuse: ", result.Error);
        Assert.Contains(saying, result.Error);
        Assert.Equal(1, result.Error.Count(character => character == '\n'));
        Assert.Equal("", result.Output);
    }

    protected static bool IsMounted(string path) =>
        File.ReadLines("/proc/self/mountinfo").Any(line => line.Split(' ')[4] == path);

    /// <summary>Waits for what must happen; the bound only keeps a failing test from hanging.</summary>
    protected static void Eventually(Func<bool> condition, string what)
    {
        for (var attempt = 0; attempt < 12_000; attempt++)
        {
            if (condition()) return;
            Thread.Sleep(10);
        }
        Assert.Fail($"it never came about that {what}");
    }

    protected int DaemonPid()
    {
        using var status = JsonDocument.Parse(Succeed("status", "--json"));
        return status.RootElement.GetProperty("mounts").EnumerateArray()
            .Single(mount => mount.GetProperty("mountPoint").GetString() == MountPoint).GetProperty("pid").GetInt32();
    }
}

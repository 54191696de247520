using ByteFuse.Testing;

namespace ByteFuse.Cli.Tests;

/// <summary>The run directory of all tests here: they never talk to a daemon of the machine, and end theirs.</summary>
[CollectionDefinition(nameof(TestDaemon))]
public sealed class TestDaemon : IDisposable, ICollectionFixture<TestDaemon>
{
    static TestDaemon() => Environment.SetEnvironmentVariable("BYTEFUSE_RUN_DIRECTORY", RunFolder);

    public static string RunFolder { get; } = Directory.CreateTempSubdirectory("bytefuse-run-").FullName;

    private static string PidFile => Path.Combine(RunFolder, "daemon.pid");

    public void Dispose()
    {
        if (File.Exists(PidFile)) Sys.Kill(int.Parse(File.ReadAllText(PidFile)), Abi.SIGTERM);
        Directory.Delete(RunFolder, recursive: true);
    }
}

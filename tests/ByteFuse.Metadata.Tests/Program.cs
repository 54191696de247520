using ByteFuse.Metadata.Tests.RocksDb;
using Xunit.Runner.InProc.SystemConsole;

namespace ByteFuse.Metadata.Tests;

/// <summary>Runs the tests, or with "writer DIRECTORY SEED" the process that the kill -9 test kills.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is ["writer", var directory, var seed]) return KilledWriter.Run(directory, int.Parse(seed));
        return await ConsoleRunner.Run(arguments);
    }
}

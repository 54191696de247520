using System.Runtime.InteropServices;

namespace ByteFuse.VmSuite;

/// <summary>What needs another kernel than this machine's, in a virtual machine.</summary>
internal static class Program
{
    private const string Usage = """
        vm-suite IMAGE WORK   boots the machine of IMAGE (made by guest-image) and runs the checks in it; WORK is an empty folder
        vm-suite --in-guest   the checks, in the machine
        """;

    /// <summary>Some three times what the checks take on two busy cores.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(9);

    private static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["--in-guest"]:
                return NfsExport.Run();
            case [var image, var work] when Directory.Exists(image) && Directory.Exists(work):
                return Boot(Path.GetFullPath(image), Path.GetFullPath(work));
            default:
                Console.Error.WriteLine(Usage);
                return 2;
        }
    }

    private static int Boot(string image, string work)
    {
        string bytefuse = Environment.GetEnvironmentVariable("BYTEFUSE")
            ?? throw new InvalidOperationException("BYTEFUSE does not name the command to test");
        var folders = new HostFolders(work);
        folders.Add("bytefuse", Path.GetDirectoryName(bytefuse)!);
        folders.Add("suite", AppContext.BaseDirectory);
        AddRuntime(folders);
        folders.MakeDisk();
        var machine = new VirtualMachine(image, work);
        int status = machine.Run(
            folders.Disk,
            [
                // Methods are compiled once in the guest, and not again because they are called often.
                "env", "DOTNET_ROOT=/host/dotnet", "DOTNET_TieredPGO=0", "DOTNET_TC_CallCounting=0", "DOTNET_gcConcurrent=0",
                "BYTEFUSE=/host/bytefuse/bytefuse", "/host/suite/vm-suite", "--in-guest",
            ],
            Limit,
            Console.WriteLine);
        if (status == VirtualMachine.Died)
            Console.WriteLine($"the machine died; its console ended with\n{machine.ConsoleTail}");
        return status;
    }

    /// <summary>The runtime that this program runs on, alone: not the SDK beside it.</summary>
    private static void AddRuntime(HostFolders folders)
    {
        string runtime = Path.TrimEndingDirectorySeparator(RuntimeEnvironment.GetRuntimeDirectory());
        string root = Path.GetFullPath(Path.Combine(runtime, "../../.."));
        folders.Add("dotnet/host", Path.Combine(root, "host"));
        folders.Add($"dotnet/shared/Microsoft.NETCore.App/{Path.GetFileName(runtime)}", runtime);
    }
}

using System.Reflection;

namespace ByteFuse.PosixSuite;

internal static class Program
{
    private const string Usage = """
        posix-suite DIR [--filter SUBSTRING] [--list] [--as-root-only]
          Checks the system calls of the file system that holds DIR against what ext4 answers. Needs root.
          --filter        only checks whose "topic: name" contains SUBSTRING (may be given several times)
          --list          print the names of the checks and run none
          --as-root-only  skip what acts as other users (for mounts that admit root alone)
        """;

    private static int Main(string[] arguments)
    {
        string? folder = null;
        var filters = new List<string>();
        bool list = false, asRootOnly = false;
        for (int i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--filter" when i + 1 < arguments.Length:
                    filters.Add(arguments[++i]);
                    break;
                case "--list":
                    list = true;
                    break;
                case "--as-root-only":
                    asRootOnly = true;
                    break;
                case var path when !path.StartsWith('-') && folder is null:
                    folder = path;
                    break;
                default:
                    Console.Error.WriteLine(Usage);
                    return 2;
            }
        }
        if (list)
            return List(filters);
        if (folder is null || !Directory.Exists(folder))
        {
            Console.Error.WriteLine(folder is null ? Usage : $"posix-suite: {folder} is not a directory");
            return 2;
        }
        if (!Environment.IsPrivilegedProcess)
        {
            Console.Error.WriteLine("posix-suite: needs root, to act as several users");
            return 2;
        }
        LoadReferences();
        return new SuiteRun(Path.GetFullPath(folder), filters, asRootOnly).Execute();
    }

    private static int List(List<string> filters)
    {
        int count = 0;
        foreach (CheckGroup group in SuiteRun.Groups)
        {
            foreach (Check check in group.Checks.Where(check => SuiteRun.Matches(filters, group, check)))
            {
                Console.WriteLine($"{group.Topic}: {check.Name}");
                if (check.ExcludedOnFuse is not null)
                    Console.WriteLine($"    excluded on fuse: {check.ExcludedOnFuse}");
                count++;
            }
        }
        Console.WriteLine($"{count} checks");
        return 0;
    }

    // An assembly is loaded when first used; a thread that acts as another user may be unable to read the files.
    private static void LoadReferences()
    {
        foreach (AssemblyName name in typeof(Program).Assembly.GetReferencedAssemblies())
            Assembly.Load(name);
    }
}

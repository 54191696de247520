using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>The process that makes the calls of a <see cref="Rehearsal"/>: what applications do most, so that the first of them does not wait for the compiler.</summary>
public static class RehearsalCalls
{
    /// <summary>What a program's first argument is to be this process.</summary>
    public const string Command = "make-rehearsal-calls";

    /// <summary>How often each call is made: after 30, the runtime compiles a method for speed.</summary>
    private const int Rounds = 40;

    /// <summary>Works in the directory whose descriptor it was given. Where the rehearsal ends before, it ends by an error.</summary>
    public static int Run()
    {
        var directory = $"/proc/self/fd/{ChildProcess.GivenDescriptor}/directory";
        for (var round = 0; round < Rounds; round++)
        {
            Directory.CreateDirectory(directory);
            var file = Path.Combine(directory, $"file{round}");
            File.WriteAllText(file, "content");
            File.AppendAllText(file, "more");
            File.ReadAllText(file);
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.Move(file, file + ".moved");
            File.CreateSymbolicLink(file, "target");
            Directory.GetFileSystemEntries(directory);
            Directory.Delete(directory, recursive: true);
        }
        return 0;
    }
}

using ByteFuse.Testing;

namespace ByteFuse.MountBench;

/// <summary>The working tree that this program was built in.</summary>
public static class Repository
{
    public static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ByteFuse.slnx")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("run from a build inside the repository");
    }

    /// <summary>The commit, with a + where files differ from it.</summary>
    public static string Commit()
    {
        CommandResult commit = Command.Run("git", ["-C", Root(), "rev-parse", "--short", "HEAD"]);
        CommandResult changes = Command.Run("git", ["-C", Root(), "status", "--porcelain", "--untracked-files=no"]);
        return commit.ExitCode != 0 ? "unknown" : commit.Output.Trim() + (changes.Output.Length > 0 ? "+" : "");
    }
}

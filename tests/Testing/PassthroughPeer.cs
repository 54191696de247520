namespace ByteFuse.Testing;

/// <summary>
/// libfuse's passthrough_hp on a folder: the peer that benches compare with, and a stand-in that proves the suites themselves.
/// Built by bench/peers/build.
/// </summary>
public sealed class PassthroughPeer : FuseServer
{
    /// <param name="program">The path that <see cref="Build"/> answers.</param>
    /// <param name="source">The folder passed through; created if missing.</param>
    /// <param name="mountPoint">Created if missing.</param>
    /// <param name="options">
    /// passthrough_hp's own options. Without --nopassthrough the kernel reads and writes files by itself where it can.
    /// </param>
    public PassthroughPeer(string program, string source, string mountPoint, params string[] options)
        : base(program, mountPoint, [Directory.CreateDirectory(source).FullName, mountPoint, "--foreground", .. options]) => Source = source;

    public string Source { get; }

    /// <summary>Builds it unless it is there; the program's path. What else is compared with lies in the same folder.</summary>
    public static string Build()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ByteFuse.slnx")))
            folder = folder.Parent;
        if (folder is null)
            throw new InvalidOperationException("run from a build inside the repository: ByteFuse.slnx not found above the program");
        const int Seconds = 600;
        string script = Path.Combine(folder.FullName, "bench/peers/build");
        CommandResult result = Command.Run(script, [], Seconds);
        return result.ExitCode == 0
            ? Path.Combine(result.Output.Trim(), "passthrough_hp")
            : throw new InvalidOperationException($"{script}: exit code {result.ExitCode}\n{result.Error}");
    }
}

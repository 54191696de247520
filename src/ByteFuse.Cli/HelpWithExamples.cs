using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace ByteFuse.Cli;

/// <summary>A command's examples, printed below its help.</summary>
internal sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    private static readonly Dictionary<string, string[]> Examples = new()
    {
        ["bytefuse"] =
        [
            "bytefuse format file:///srv/volume",
            "bytefuse mount file:///srv/volume /mnt/volume",
            "bytefuse umount /mnt/volume",
        ],
        ["format"] = ["bytefuse format file:///srv/volume", "bytefuse format file:///srv/volume --force   # erases what is there"],
        ["mount"] =
        [
            "bytefuse mount file:///srv/volume /mnt/volume",
            "bytefuse mount file:///srv/volume /mnt/volume -o ro,noatime",
            "bytefuse mount file:///srv/volume /mnt/volume --foreground -o max_write=8M,reactors=4",
            "bytefuse mount file:///srv/volume /mnt/volume -o transport=uring   # FUSE over io_uring: auto (default), uring or classic",
        ],
        ["daemon"] = ["bytefuse daemon", "bytefuse daemon --foreground --metrics-port 9464   # as a service does"],
        ["upgrade"] = ["bytefuse upgrade", "bytefuse upgrade --binary /opt/bytefuse-0.2/bytefuse --keeper"],
        ["umount"] = ["bytefuse umount /mnt/volume", "bytefuse umount --lazy /mnt/volume   # although it is in use"],
        ["status"] = ["bytefuse status", "bytefuse status /mnt/volume --json"],
        ["stats"] = ["bytefuse stats /mnt/volume", "bytefuse stats --once --json /mnt/volume"],
        ["doctor"] = ["bytefuse doctor", "bytefuse doctor --json"],
        ["info"] = ["bytefuse info /mnt/volume/some/file"],
        ["fsck"] = ["bytefuse fsck file:///srv/volume", "bytefuse fsck file:///srv/volume --repair"],
        ["dump"] = ["bytefuse dump file:///srv/volume volume.dump", "bytefuse dump file:///srv/volume | zstd > volume.dump.zst"],
        ["load"] =
        [
            "bytefuse load file:///srv/copy volume.dump",
            "bytefuse load 'postgres://bytefuse@db/postgres?volume=v' volume.dump --data file:///srv/volume --force   # to another engine",
        ],
        ["bench"] =
        [
            "bytefuse bench /mnt/volume",
            "bytefuse bench /mnt/volume --big-file-size 4G --threads 4 --fsync",
            "bytefuse bench /srv --big-file-size 0 --small-file-count 0 --calls 10000   # latencies alone",
        ],
        ["mdtest"] =
        [
            "bytefuse mdtest /mnt/volume -b 6 -I 8 -z 4 -i 30",
            "bytefuse mdtest /mnt/volume -n 10000 -F -w 4096 -e 4096 --tasks 4 -u",
        ],
        ["keeper"] = ["bytefuse keeper -- /usr/local/bin/a-daemon --its-option", "bytefuse keeper --from /run/bytefuse/keeper.sock"],
        ["completion"] = ["source <(bytefuse completion bash)"],
    };

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var result = help.Invoke(parseResult);
        if (!Examples.TryGetValue(parseResult.CommandResult.Command.Name, out var lines)) return result;
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (var line in lines) output.WriteLine("  " + line);
        return result;
    }
}

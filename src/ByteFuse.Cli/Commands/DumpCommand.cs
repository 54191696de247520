using System.CommandLine;
using ByteFuse.Daemon;

namespace ByteFuse.Cli;

/// <summary>bytefuse dump.</summary>
internal static class DumpCommand
{
    public static Command Create()
    {
        var url = new Argument<string>("URL") { Description = "The volume, as for mount; it is not mounted." };
        var file = new Argument<string>("FILE") { Description = "Where the dump goes, whole or not at all; - for standard output.", DefaultValueFactory = _ => Standard };
        var json = CommonOptions.Json();
        var command = new Command("dump", "Write down the metadata of a volume as lines of JSON.") { url, file, json };
        command.SetAction(parsed =>
        {
            var volume = VolumeUrl.Parse(parsed.GetRequiredValue(url));
            var path = parsed.GetRequiredValue(file);
            if (path == Standard && parsed.GetValue(json)) throw new Refusal(ExitCode.Usage, "--json needs a FILE for the dump");
            var rows = path == Standard ? DumpToOutput(volume) : DumpToFile(volume, Path.GetFullPath(path));
            if (parsed.GetValue(json)) CliJson.Print(new DumpReport(volume.ToString(), path, rows), CliJson.Default.DumpReport);
            else if (path != Standard) Console.Out.WriteLine($"{volume}: {rows} rows in {path}");
            return (int)ExitCode.Success;
        });
        return command;
    }

    /// <summary>The name of standard output, and of standard input.</summary>
    public const string Standard = "-";

    private static long DumpToOutput(VolumeUrl volume)
    {
        using var output = Console.OpenStandardOutput();
        return Dump(volume, output);
    }

    private static long DumpToFile(VolumeUrl volume, string path)
    {
        var beside = path + ".new";
        try
        {
            long rows;
            // Names and attributes are everybody's who may read them.
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
            using (var stream = new FileStream(beside, options))
            {
                rows = Dump(volume, stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(beside, path, overwrite: true);
            return rows;
        }
        catch
        {
            File.Delete(beside);
            throw;
        }
    }

    private static long Dump(VolumeUrl volume, Stream stream) =>
        Terminal.CountUp("rows written", progress => VolumeDumper.Dump(volume, stream, progress, Terminal.Warn));
}

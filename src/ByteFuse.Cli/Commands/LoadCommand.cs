using System.CommandLine;
using ByteFuse.Daemon;

namespace ByteFuse.Cli;

/// <summary>bytefuse load.</summary>
internal static class LoadCommand
{
    public static Command Create()
    {
        var url = new Argument<string>("URL") { Description = "Where the volume is to be, as for format." };
        var file = new Argument<string>("FILE") { Description = "What dump wrote; - for standard input.", DefaultValueFactory = _ => DumpCommand.Standard };
        var data = new Option<string?>("--data") { Description = "Where the bytes of files are if the metadata is to be in PostgreSQL: file:///DIRECTORY.", HelpName = "URL" };
        var force = new Option<bool>("--force") { Description = "Replace the metadata of this very volume where it is there already; the bytes stay." };
        var json = CommonOptions.Json();
        var command = new Command("load", "Make a volume of a dump of its metadata, with the same engine or another.") { url, file, data, force, json };
        command.SetAction(parsed =>
        {
            var volume = VolumeUrl.Parse(parsed.GetRequiredValue(url));
            var place = parsed.GetValue(data) is { } text ? VolumeUrl.Parse(text) : null;
            var loading = Load(volume, place, parsed.GetRequiredValue(file), parsed.GetValue(force));
            if (loading.LacksBytes) Terminal.Warn($"a dump has no bytes of files: bring them to {(place ?? volume).Directory}/data before the volume is mounted");
            if (parsed.GetValue(json))
                CliJson.Print(new LoadReport(volume.ToString(), loading.Description.Identity, loading.Rows, loading.LacksBytes), CliJson.Default.LoadReport);
            else
                Console.Out.WriteLine($"{volume} is volume {loading.Description.Identity} now; {loading.Rows} rows");
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static VolumeLoading Load(VolumeUrl volume, VolumeUrl? place, string file, bool force)
    {
        using var stream = file == DumpCommand.Standard ? Console.OpenStandardInput() : File.OpenRead(file);
        return Terminal.CountUp("rows loaded", progress => VolumeLoader.Load(volume, place, stream, force, progress));
    }
}

using System.CommandLine;
using ByteFuse.Daemon;

namespace ByteFuse.Cli;

/// <summary>bytefuse format.</summary>
internal static class FormatCommand
{
    public static Command Create()
    {
        var url = new Argument<string>("URL") { Description = "Where the volume is to be: file:///DIRECTORY, or postgres://USER@HOST/DATABASE?volume=NAME for its metadata." };
        var data = new Option<string?>("--data") { Description = "Where the bytes of files go if the metadata is in PostgreSQL: file:///DIRECTORY.", HelpName = "URL" };
        var force = new Option<bool>("--force") { Description = "Erase the volume that is there, or use a directory with other files in it." };
        var json = CommonOptions.Json();
        var command = new Command("format", "Make an empty volume.") { url, data, force, json };
        command.SetAction(parsed =>
        {
            var volume = VolumeUrl.Parse(parsed.GetRequiredValue(url));
            var description = VolumeFormatter.Format(volume, parsed.GetValue(force), parsed.GetValue(data) is { } place ? VolumeUrl.Parse(place) : null);
            if (parsed.GetValue(json))
                CliJson.Print(new FormatReport(volume.ToString(), description.Identity, description.Format, description.Formatted), CliJson.Default.FormatReport);
            else
                Console.Out.WriteLine($"{volume} is an empty volume now ({description.Identity})");
            return (int)ExitCode.Success;
        });
        return command;
    }
}

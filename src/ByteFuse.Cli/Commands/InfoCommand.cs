using System.CommandLine;
using System.Globalization;
using ByteFuse.Daemon;

namespace ByteFuse.Cli;

/// <summary>bytefuse info.</summary>
internal static class InfoCommand
{
    public static Command Create()
    {
        var path = new Argument<string>("PATH") { Description = "A file or directory in a mount." };
        var json = CommonOptions.Json();
        var command = new Command("info", "Show what lies behind a path: inode, data id, the file that holds its bytes.") { path, json };
        command.SetAction(parsed =>
        {
            var info = Ask(parsed.GetRequiredValue(path));
            if (parsed.GetValue(json)) CliJson.Print(info, CliJson.Default.InfoReply);
            else Print(info);
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static InfoReply Ask(string path)
    {
        // The last component itself is asked for, also where it is a symbolic link.
        var full = Path.GetFullPath(path);
        var parent = Path.GetDirectoryName(full);
        var absolute = parent is null ? full : Path.Combine(MountPointCheck.Canonical(parent), Path.GetFileName(full));
        var state = MountFinder.Holding(absolute) ?? throw new Refusal(ExitCode.Failure, $"{path} is in no ByteFUSE mount");
        using var client = new ControlClient(state);
        try
        {
            return client.Info(state.Id, absolute[state.MountPoint.Length..] is { Length: > 0 } below ? below : "/");
        }
        catch (Refusal refusal)
        {
            throw new Refusal(refusal.Code, $"{path}: {refusal.Message}");
        }
    }

    private static void Print(InfoReply info)
    {
        Console.Out.WriteLine($"path          {info.Path}");
        Console.Out.WriteLine($"inode         {info.Inode}");
        Console.Out.WriteLine($"mode          {Convert.ToString(info.Mode, 8)} (octal, with the type)");
        Console.Out.WriteLine($"owner         {info.UserId}:{info.GroupId}");
        Console.Out.WriteLine($"links         {info.LinkCount}");
        Console.Out.WriteLine($"data id       {info.DataId?.ToString(CultureInfo.InvariantCulture) ?? "none"}");
        Console.Out.WriteLine($"backing file  {info.BackingFile ?? "none"}");
    }
}

using ByteFuse.MountBench;

// mount-bench [OPTIONS]: the table; bars [OPTIONS]: the bars; plot FILE DIRECTORY: pictures of a results file.
try
{
    return args switch
    {
        ["bars", .. string[] rest] => BarsCommand.Run(rest),
        ["plot", string file, string folder] => Plot(file, folder),
        ["plot", ..] => throw new UsageException("plot needs a results file and a directory"),
        _ => TableCommand.Run(args),
    };
}
catch (UsageException problem)
{
    Console.Error.WriteLine($"bench: {problem.Message}");
    Console.Error.WriteLine(TableCommand.Usage);
    Console.Error.WriteLine(BarsCommand.Usage);
    Console.Error.WriteLine("       ./dev bench plot FILE DIRECTORY");
    return 2;
}

static int Plot(string file, string folder)
{
    foreach (string picture in Pictures.Draw(Document.Read(file), folder))
        Console.WriteLine(picture);
    return 0;
}

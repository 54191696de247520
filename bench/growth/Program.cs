using System.Globalization;
using ByteFuse.GrowthBench;

// growth-bench [--only PART] [--max-files N] [--files N,N...] [--keep DIR] [--store DIR] [--out FILE]
// growth-bench load DIR N; growth-bench stall DIR N; growth-bench plot FILE DIR
switch (args)
{
    case ["load", string directory, string files]:
        VolumeLoader.Load(Path.GetFullPath(directory), Number(files));
        return 0;
    case ["stall", string directory, string rounds]:
        StallBench.Run(Path.GetFullPath(directory), (int)Number(rounds), Console.Out);
        return 0;
    case ["plot", string file, string directory]:
        Pictures.Draw(Document.Read(file), directory);
        Tables.Print(Document.Read(file), Console.Out);
        return 0;
    // For itself: see OpenFilesHolder.
    case ["hold", string mountPoint, string first]:
        return OpenFilesHolder.Serve(mountPoint, (int)Number(first));
}

string output = "growth.json", store = Path.GetTempPath(), only = "";
string? keep = null;
long[] sizes = [1000, 10_000, 100_000, 1_000_000, 10_000_000];
for (int i = 0; i + 1 < args.Length; i += 2)
{
    switch (args[i])
    {
        case "--only": only = args[i + 1]; break;
        case "--max-files": sizes = [.. sizes.Where(size => size <= Number(args[i + 1]))]; break;
        case "--files": sizes = [.. args[i + 1].Split(',').Select(Number)]; break;
        case "--keep": keep = args[i + 1]; break;
        case "--store": store = args[i + 1]; break;
        case "--out": output = args[i + 1]; break;
        default: return Usage();
    }
}
if (args.Length % 2 != 0 || (only.Length > 0 && !Run.Parts.Contains(only)))
    return Usage();

using var awake = new AwakeProcessors();
var run = new Run(output, store, keep);
if (only is "" or "files")
    run.Files(sizes);
if (only is "" or "open")
    run.OpenFiles();
if (only is "" or "bytes")
    run.Bytes();
if (only is "" or "threads")
    run.Threads();
return 0;

static long Number(string text) => long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

static int Usage()
{
    Console.Error.WriteLine(
        $"""
        usage: growth-bench [--only {string.Join('|', Run.Parts)}] [--max-files N] [--files N,N...] [--keep DIR] [--store DIR] [--out FILE]
               growth-bench load DIR N      make a volume of N files in DIR
               growth-bench stall DIR N     kill and upgrade the daemon of that volume N times each, and print the longest call
               growth-bench plot FILE DIR   draw the pictures of FILE, print its tables
        Sizes that FILE has already are measured anew; others stay. --keep leaves the volumes of --only files in DIR, and takes those there.
        """);
    return 2;
}

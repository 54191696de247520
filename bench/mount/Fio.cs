using System.Text.Json;
using ByteFuse.Testing;

namespace ByteFuse.MountBench;

/// <summary>Data rates by fio: libaio with direct I/O for the random ones, both direct and buffered for the sequential ones.</summary>
public static class Fio
{
    // Long enough for a stable figure, short enough for many rounds; sizes exceed no target's image.
    private const int Seconds = 4;
    private const string FileSize = "512M";

    private static readonly (string Name, string Options, bool Rate)[] Jobs =
    [
        ("4 KiB random write, depth 1", "--rw=randwrite --bs=4k --ioengine=libaio --iodepth=1 --direct=1", false),
        ("4 KiB random write, depth 16", "--rw=randwrite --bs=4k --ioengine=libaio --iodepth=16 --direct=1", false),
        ("4 KiB random read, depth 1", "--rw=randread --bs=4k --ioengine=libaio --iodepth=1 --direct=1", false),
        ("4 KiB random read, depth 16", "--rw=randread --bs=4k --ioengine=libaio --iodepth=16 --direct=1", false),
        ("4 KiB random write, buffered", "--rw=randwrite --bs=4k --ioengine=psync", false),
        ("4 KiB random read, buffered", "--rw=randread --bs=4k --ioengine=psync --invalidate=1", false),
        ("1 MiB write, direct", "--rw=write --bs=1M --ioengine=libaio --iodepth=4 --direct=1", true),
        ("1 MiB read, direct", "--rw=read --bs=1M --ioengine=libaio --iodepth=4 --direct=1", true),
        ("1 MiB write, buffered, fsync", "--rw=write --bs=1M --ioengine=psync --end_fsync=1", true),
        ("1 MiB read, buffered, cold", "--rw=read --bs=1M --ioengine=psync --invalidate=1", true),
    ];

    /// <summary>Operations per second of the random jobs, MiB per second of the sequential ones.</summary>
    /// <param name="directory">Where the file is made.</param>
    /// <param name="directMayFail">
    /// libfuse before 3.17 hands O_DIRECT on to the file below with unaligned memory: EINVAL. Those figures are then left out.
    /// </param>
    public static IEnumerable<(string Name, double Value)> Run(string directory, bool directMayFail)
    {
        string file = Path.Combine(directory, "fio.data");
        // One file, laid out beforehand: what is measured is overwriting and reading, not allocation.
        Command.Check("fio", "--name=layout", $"--filename={file}", $"--size={FileSize}", "--rw=write", "--bs=1M", "--end_fsync=1");
        foreach ((string name, string options, bool rate) in Jobs)
        {
            CommandResult result = Command.Run("fio",
                ["--name=job", $"--filename={file}", $"--size={FileSize}", "--overwrite=1", "--randrepeat=1", "--output-format=json",
                    .. rate ? Array.Empty<string>() : ["--time_based", $"--runtime={Seconds}"], .. options.Split(' ')]);
            if (result.ExitCode == 0)
                yield return (name, Parse(result.Output, options.Contains("read"), rate));
            else if (directMayFail && options.Contains("direct=1") && result.Error.Contains("Invalid argument"))
                Console.Error.WriteLine($"{name}: no direct I/O on this target (EINVAL)");
            else
                throw new InvalidOperationException($"fio {options}: exit code {result.ExitCode}\n{result.Error}");
        }
        File.Delete(file);
    }

    private static double Parse(string output, bool read, bool rate)
    {
        using JsonDocument document = JsonDocument.Parse(output[output.IndexOf('{')..]);
        JsonElement job = document.RootElement.GetProperty("jobs")[0];
        if (job.GetProperty("error").GetInt32() != 0)
            throw new InvalidOperationException($"fio: {output}");
        JsonElement direction = job.GetProperty(read ? "read" : "write");
        return rate ? direction.GetProperty("bw_bytes").GetDouble() / (1 << 20) : direction.GetProperty("iops").GetDouble();
    }
}

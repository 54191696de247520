using System.Text.Json;
using ByteFuse.Testing;

namespace ByteFuse.MountBench;

/// <summary>What fio is to do.</summary>
/// <param name="Name">How its figures are called.</param>
/// <param name="Options">fio's; without --time_based it goes over the file once.</param>
public sealed record FioJob(string Name, string Options)
{
    public bool Reads => Options.Contains("read", StringComparison.Ordinal);

    /// <summary>Sequential: bytes count, not operations.</summary>
    public bool IsRate => !Options.Contains("rand", StringComparison.Ordinal);

    /// <summary>4 KiB at random places, by libaio and without the page cache.</summary>
    public static FioJob Random(string direction, int depth) =>
        new($"4 KiB random {direction}, depth {depth}", $"--rw=rand{direction} --bs=4k --ioengine=libaio --iodepth={depth} --direct=1 --time_based");

    /// <summary>Large ones one after the other, by libaio and without the page cache.</summary>
    public static FioJob Sequential(string direction, int mebibytes, int depth) =>
        new($"{mebibytes} MiB {direction}, direct, depth {depth}", $"--rw={direction} --bs={mebibytes}M --ioengine=libaio --iodepth={depth} --direct=1 --time_based");
}

/// <summary>What a job came to.</summary>
/// <param name="Operations">How many were done.</param>
/// <param name="PerSecond">Operations, or MiB of a job that is a rate.</param>
/// <param name="MedianMicroseconds">
/// Of an operation, with the time of handing it to the kernel, which does the whole of it where nothing else is in flight.
/// </param>
public sealed record FioOutcome(long Operations, double PerSecond, double MedianMicroseconds);

/// <summary>Data rates by fio on one file, laid out beforehand: what is measured is overwriting and reading, not allocation.</summary>
public sealed class Fio
{
    // Sizes exceed no target's store.
    private const string FileSize = "512M";
    private readonly string _file;

    /// <param name="file">Made if it is not there.</param>
    public Fio(string file)
    {
        _file = file;
        if (!File.Exists(file))
            Command.Check("fio", "--name=layout", $"--filename={file}", $"--size={FileSize}", "--rw=write", "--bs=1M", "--end_fsync=1");
    }

    /// <param name="job">What to do.</param>
    /// <param name="seconds">How long, where the job is not one pass over the file.</param>
    public FioOutcome Run(FioJob job, double seconds)
    {
        string output = Command.Check("fio",
            ["--name=job", $"--filename={_file}", $"--size={FileSize}", "--overwrite=1", "--randrepeat=1", "--output-format=json",
                "--lat_percentiles=1", "--clat_percentiles=0", "--percentile_list=50", $"--runtime={(int)(seconds * 1000)}ms", .. job.Options.Split(' ')]);
        using JsonDocument document = JsonDocument.Parse(output[output.IndexOf('{')..]);
        JsonElement result = document.RootElement.GetProperty("jobs")[0];
        if (result.GetProperty("error").GetInt32() != 0)
            throw new InvalidOperationException($"fio: {output}");
        JsonElement direction = result.GetProperty(job.Reads ? "read" : "write");
        double perSecond = job.IsRate ? direction.GetProperty("bw_bytes").GetDouble() / (1 << 20) : direction.GetProperty("iops").GetDouble();
        double median = direction.GetProperty("lat_ns").GetProperty("percentile").GetProperty("50.000000").GetDouble() / 1000;
        return new FioOutcome(direction.GetProperty("total_ios").GetInt64(), perSecond, median);
    }
}

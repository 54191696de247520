using ByteFuse.Testing;
using static ByteFuse.Testing.Abi;

namespace ByteFuse.GrowthBench;

/// <summary>
/// What 4 KiB of direct I/O cost in a file of more and more bytes, most of which are holes; microseconds. The file below costs more
/// the more extents it has, however large it is, so that the same is measured on the file system below too.
/// </summary>
public sealed class BytesPart(string directory, string below)
{
    public static readonly long[] Sizes = [1L << 20, 1L << 24, 1L << 28, 1L << 32, 1L << 36, 1L << 40];

    private const int Block = OpenFilesHolder.BlockSize;

    // Blocks of the smallest file: each file has as many places with bytes.
    private const int Places = 256;
    private const int Calls = 2000;

    public IReadOnlyDictionary<string, double> Measure(long size)
    {
        var figures = new Dictionary<string, double>();
        Measure(figures, directory, "", size);
        Measure(figures, below, ", ext4 alone", size);
        return figures;
    }

    private static void Measure(Dictionary<string, double> figures, string directory, string suffix, long size)
    {
        string path = Path.Combine(directory, "growth.data");
        long fd = Timing.Check(Sys.Open(path, O_RDWR | O_CREAT | O_EXCL | O_DIRECT | O_CLOEXEC, 0x1A4));
        try
        {
            var random = new Random(1);
            long[] places = [.. Enumerable.Range(0, Places).Select(i => random.NextInt64(size / Block) * Block)];
            byte[] memory = OpenFilesHolder.AlignedBlock(out int offset);
            random.NextBytes(memory);
            Timing.Check(Sys.Ftruncate(fd, size));
            // Once without the clock: the places get their blocks.
            Timing.Mean(Places, i => Sys.Pwrite(fd, memory.AsSpan(offset, Block), places[i]));
            figures["random write" + suffix] = Timing.Median(Calls, _ => Sys.Pwrite(fd, memory.AsSpan(offset, Block), places[random.Next(Places)]));
            figures["random read" + suffix] = Timing.Median(Calls, _ => Sys.Pread(fd, memory.AsSpan(offset, Block), places[random.Next(Places)]));
            figures["append" + suffix] = Timing.Median(Calls, i => Sys.Pwrite(fd, memory.AsSpan(offset, Block), size + ((long)i * Block)));
        }
        finally
        {
            Sys.Close(fd);
            Sys.Unlink(path);
        }
    }
}

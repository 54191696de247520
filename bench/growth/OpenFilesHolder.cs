using System.Diagnostics;
using System.Globalization;
using ByteFuse.Testing;
using static ByteFuse.Testing.Abi;

namespace ByteFuse.GrowthBench;

/// <summary>A process of this program that holds files open and measures on them; it is told what to do line by line.</summary>
public sealed class OpenFilesHolder : IDisposable
{
    /// <summary>Files that one process holds.</summary>
    public const int Most = 17_000;

    /// <summary>Files that nobody holds, for the cost of open and close.</summary>
    public const int Extra = 1000;

    public const int FilesPerFolder = 1000;

    public const int BlockSize = 4096;

    /// <summary>What <see cref="Measure"/> answers.</summary>
    public static readonly string[] Names = ["open", "close", "fstat (GETATTR)", "4 KiB direct read"];

    private const int Calls = 2000;
    private readonly Process _process;

    /// <param name="mountPoint">The mount.</param>
    /// <param name="first">The first file that it holds.</param>
    public OpenFilesHolder(string mountPoint, int first)
    {
        _process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["hold", mountPoint, first.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
    }

    public static string PathOf(string mountPoint, int file) => Path.Combine(mountPoint, $"d{file / FilesPerFolder:D4}", $"f{file:D6}");

    /// <summary>Opens more files until so many are open.</summary>
    public void Open(int count) => Ask(count.ToString(CultureInfo.InvariantCulture));

    /// <summary>Microseconds of each of <see cref="Names"/>.</summary>
    public double[] Measure() => [.. Ask("measure").Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture))];

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    /// <summary>The main loop of the process.</summary>
    public static int Serve(string mountPoint, int first)
    {
        var open = new List<long>();
        while (Console.ReadLine() is string line)
        {
            if (line == "measure")
            {
                Console.WriteLine(string.Join(' ', Measure(mountPoint, open).Select(value => value.ToString("R", CultureInfo.InvariantCulture))));
                continue;
            }
            int count = int.Parse(line, CultureInfo.InvariantCulture);
            while (open.Count < count)
                open.Add(OpenFile(mountPoint, first + open.Count));
            Console.WriteLine("open");
        }
        return 0;
    }

    private static double[] Measure(string mountPoint, List<long> open)
    {
        var random = new Random(1);
        var extra = new long[Extra];
        var opening = new List<double>();
        var closing = new List<double>();
        for (int round = 0; round <= Timing.Rounds; round++)
        {
            opening.Add(Timing.Mean(Extra, i => extra[i] = OpenFile(mountPoint, OpenFilesPart.Maximum + i)));
            closing.Add(Timing.Mean(Extra, i => Sys.Close(extra[i])));
        }
        byte[] block = AlignedBlock(out int offset);
        return
        [
            Timing.Median(opening.Skip(1)),
            Timing.Median(closing.Skip(1)),
            Timing.Median(Calls, _ => Sys.Fstat(open[random.Next(open.Count)], out FileStatus _)),
            Timing.Median(Calls, _ => Sys.Pread(open[random.Next(open.Count)], block.AsSpan(offset, BlockSize), 0)),
        ];
    }

    /// <summary>Memory for direct I/O: a block on a page's boundary, in an array that the collector does not move.</summary>
    public static byte[] AlignedBlock(out int offset)
    {
        byte[] memory = GC.AllocateArray<byte>(2 * BlockSize, pinned: true);
        nint address = System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0);
        offset = (int)(-address & (BlockSize - 1));
        return memory;
    }

    private static long OpenFile(string mountPoint, int file) => Timing.Check(Sys.Open(PathOf(mountPoint, file), O_RDONLY | O_DIRECT | O_CLOEXEC));

    private string Ask(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
        return _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("a process that holds files has died: see above");
    }
}

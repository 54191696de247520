using System.Buffers.Text;

namespace ByteFuse.Linux;

/// <summary>
/// Pages that wait to be written to disks, and how many may before writers are made to wait (/proc/vmstat). In bytes.
/// </summary>
/// <param name="Waiting">Dirty, or being written.</param>
/// <param name="Threshold">Up to here the kernel lets writers go on and only writes in the background (half way to
/// dirty_ratio: dirty_freerun_ceiling in mm/page-writeback.c).</param>
public readonly record struct DirtyPages(long Waiting, long Threshold)
{
    // Some 4 KiB on Linux 6.18; the lines that are looked for are among the first.
    private const int ReadLength = 16 << 10;

    /// <summary>What may be written until the kernel makes writers wait, in bytes.</summary>
    public long Room => Math.Max(0, Threshold - Waiting);

    /// <summary>Asks the kernel; no room where it cannot be told.</summary>
    public static DirtyPages Now()
    {
        var opened = FileCalls.Open("/proc/vmstat", OpenFlags.ReadOnly);
        if (!opened.Succeeded) return default;
        Span<byte> text = stackalloc byte[ReadLength];
        var read = FileCalls.Read(opened.Value, text);
        FileCalls.Close(opened.Value);
        return read.Succeeded ? Parse(text[..read.Value]) : default;
    }

    /// <summary>Reads the text of /proc/vmstat: a name and a number of pages a line.</summary>
    public static DirtyPages Parse(ReadOnlySpan<byte> text)
    {
        var waiting = Pages(text, "\nnr_dirty "u8) + Pages(text, "\nnr_writeback "u8);
        var threshold = (Pages(text, "\nnr_dirty_threshold "u8) + Pages(text, "\nnr_dirty_background_threshold "u8)) / 2;
        return new DirtyPages(waiting * Environment.SystemPageSize, threshold * Environment.SystemPageSize);
    }

    private static long Pages(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name)
    {
        var at = text.IndexOf(name);
        return at >= 0 && Utf8Parser.TryParse(text[(at + name.Length)..], out long pages, out _) ? pages : 0;
    }
}

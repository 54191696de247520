using ByteFuse.Linux;

namespace ByteFuse.Data.Stores.LocalFiles;

/// <summary>The largest offset that the file system below takes: a file without bytes must refuse what one with bytes would.</summary>
internal static class FileSizeLimit
{
    // O_TMPFILE with the O_DIRECTORY that it needs.
    private const int Temporary = 0x410000;

    /// <summary>
    /// Found by halving: lseek(2) answers EINVAL beyond the file system's s_maxbytes (generic_file_llseek). Where no
    /// unnamed file can be made, the calls themselves are left to say EFBIG.
    /// </summary>
    public static long Probe(string directory)
    {
        var opened = FileCalls.Open(directory, Temporary | OpenFlags.ReadWrite | OpenFlags.CloseOnExec, 0x180);
        if (!opened.Succeeded) return long.MaxValue;
        var (fits, beyond) = (0L, long.MaxValue);
        if (Fits(opened.Value, beyond)) fits = beyond;
        while (beyond - fits > 1)
        {
            var middle = fits + (beyond - fits) / 2;
            if (Fits(opened.Value, middle)) fits = middle;
            else beyond = middle;
        }
        FileCalls.Close(opened.Value);
        return fits;
    }

    private static bool Fits(int fd, long offset) => FileCalls.Seek(fd, offset, SeekOrigins.Start).Succeeded;
}

using System.Runtime.InteropServices;
using ByteFuse.Data;
using ByteFuse.Linux;

namespace ByteFuse.FileSystem;

/// <summary>
/// The files that the kernel was given, where a successor finds them: it takes back what no open needs. The kernel holds such a file
/// until it is taken back or unmounted, whoever gave it.
/// </summary>
/// <param name="kernel">Takes the files.</param>
/// <param name="numbers">Those given, by the kernel's numbers.</param>
/// <param name="latest">The number of the latest one, 8 bytes.</param>
internal sealed class KeptBackingFiles(IBackingFiles kernel, KeptNumbers numbers, NativeSlice latest) : IBackingFiles
{
    /// <summary>Files at most, as many as <see cref="KeptOpens.Places"/>; one beyond stays with the kernel if the daemon is killed.</summary>
    public const int Maximum = KeptOpens.Places;

    private readonly Lock gate = new();

    private ref long Latest => ref MemoryMarshal.AsRef<long>(latest.Span);

    /// <inheritdoc/>
    // One at a time: a process may be killed when the kernel has the file and nobody knows its number. Then it is the one behind the
    // latest (fuse_backing_id_alloc in fs/fuse/backing.c allots them cyclically).
    public IoResult Open(int fd)
    {
        lock (gate)
        {
            var opened = kernel.Open(fd);
            CrashPoint.Pass(CrashPoint.AfterBackingOpen);
            if (!opened.Succeeded) return opened;
            numbers.Add((ulong)opened.Value);
            Volatile.Write(ref Latest, opened.Value);
            return opened;
        }
    }

    /// <inheritdoc/>
    public void Close(int backingId)
    {
        kernel.Close(backingId);
        numbers.Remove((ulong)backingId);
    }

    /// <summary>
    /// Takes back what a dead daemon had given and no open needs; how many are left. Nothing of that daemon runs any more, and this
    /// one has given nothing yet.
    /// </summary>
    public int TakeOver(IReadOnlySet<int> needed)
    {
        var given = numbers.ReadLeft();
        var unnoted = Latest == int.MaxValue ? 1 : (int)Latest + 1;
        while (given.Contains((ulong)unnoted)) unnoted++;
        kernel.Close(unnoted);
        var left = 0;
        foreach (var number in given)
        {
            if (needed.Contains((int)number)) left++;
            else Close((int)number);
        }
        return left;
    }
}

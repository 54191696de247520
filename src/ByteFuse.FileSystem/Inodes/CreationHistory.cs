namespace ByteFuse.FileSystem;

/// <summary>
/// Guesses whether a file that is being created will be written to before it is closed. If so it gets its backing file at once
/// and the kernel writes to it; an empty file is to cost none, as making one takes as long as the rest of the CREATE. Learned by
/// directory, and over all of them for those that are new. Both guesses are right in what they do: a wrong one costs time.
/// Shared by the reactors without a lock: a count that is lost costs a guess.
/// </summary>
internal sealed class CreationHistory
{
    // Directories in which files are being made at a time; two that share a count spoil each other's guesses.
    private const int Slots = 1024;

    // Two wrong guesses in a row, and the directory is guessed the other way.
    private const int Certain = 2;

    // Longer than the files of one directory, which are often all alike.
    private const int CertainOverall = 16;

    private readonly sbyte[] directories = new sbyte[Slots];
    private int overall;

    /// <summary>The guess for a file that is created in a directory.</summary>
    public bool ExpectsWrite(ulong directory)
    {
        var known = Volatile.Read(ref directories[Slot(directory)]);
        return known != 0 ? known > 0 : Volatile.Read(ref overall) >= 0;
    }

    /// <summary>What became of one.</summary>
    public void Learn(ulong directory, bool written)
    {
        var step = written ? 1 : -1;
        ref var known = ref directories[Slot(directory)];
        var next = Math.Clamp(known + step, -Certain, Certain);
        // Not to nothing known: one of the other kind would then be guessed by what happens elsewhere.
        Volatile.Write(ref known, (sbyte)(next != 0 ? next : step));
        Volatile.Write(ref overall, Math.Clamp(overall + step, -CertainOverall, CertainOverall));
    }

    private static int Slot(ulong directory) => (int)(directory % Slots);
}

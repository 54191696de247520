namespace ByteFuse.Crash;

/// <summary>The kinds of operation that a writer performs.</summary>
public enum OperationKind
{
    Create,
    Write,
    Append,
    Truncate,
    Punch,
    Rename,
    Unlink,
    Fsync,
}

/// <summary>
/// One operation of a writer in its own directory. Written bytes follow from <paramref name="Seed"/>, so that the journal of
/// operations alone says what every file must hold.
/// </summary>
/// <param name="Kind">What is done.</param>
/// <param name="Name">The file.</param>
/// <param name="Target">The new name of a rename.</param>
/// <param name="Offset">First byte of a write or a hole; the new size of a truncate.</param>
/// <param name="Length">Bytes written or punched.</param>
/// <param name="Seed">Of the bytes.</param>
public sealed record Operation(OperationKind Kind, string Name, string Target = "", int Offset = 0, int Length = 0, int Seed = 0)
{
    /// <summary>The bytes that a write or an append stores. Never zero: a hole cannot pass for data.</summary>
    public byte[] Bytes()
    {
        var bytes = new byte[Length];
        new Random(Seed).NextBytes(bytes);
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] |= 1;
        return bytes;
    }
}

using System.Buffers.Binary;
using ByteFuse.Linux;

namespace ByteFuse.Metadata.RocksDb;

/// <summary>
/// Commits between their answer and the engine: a small mapped file beside the database. A commit is in the page cache
/// with a copy and no call, so a killed process does not lose it; a power cut may, as it may what the engine's own log has
/// not synced, and <see cref="IMetadataStore.Sync"/> waits for both. The file has two halves: commits go to one while the
/// other is written to the engine (<see cref="CommitDrain"/>).
/// One thread at a time appends (the holder of the commit token), one seals, and neither waits for the other.
/// </summary>
internal sealed class CommitLog : IDisposable
{
    /// <summary>The file's name in the store's directory.</summary>
    public const string FileName = "commits";

    /// <summary>
    /// Bytes of a half: what one commit may take, and what is replayed after a crash; far above what comes in the
    /// <see cref="CommitDrain.DelayMilliseconds"/> after which a half is sealed, so that a busy disk has some seconds.
    /// </summary>
    public const int HalfBytes = 4 << 20;

    private const ulong Magic = 0x31474F4C54494D43; // "CMITLOG1"
    private const int HeaderLength = 24;

    private readonly MappedFile file;

    // The number of the half that is written to, above the offset of its end. Numbers grow, and their lowest bit says which
    // half it is: so a seal changes this even where the half was empty, and an append that a seal overtook finds out.
    private ulong state;
    private ulong epoch;

    private CommitLog(MappedFile file) => this.file = file;

    /// <summary>True where nothing is in the half that is written to.</summary>
    public bool IsEmpty => End(Volatile.Read(ref state)) == HeaderLength;

    /// <summary>Opens the log of a directory, an empty one where there is none.</summary>
    public static Errno TryOpen(string directory, out CommitLog? log)
    {
        log = null;
        var error = MappedFile.TryOpen(Path.Combine(directory, FileName), 2 * HalfBytes, out var file);
        if (file is not null) log = new CommitLog(file);
        return error;
    }

    /// <summary>
    /// The halves as an earlier process left them, older first: numbers, 0 for one without a valid header. The records of
    /// each are read with <see cref="Content"/>.
    /// </summary>
    public (uint Older, uint Newer) Left()
    {
        var (first, second) = (ReadHeader(0).Number, ReadHeader(1).Number);
        return first < second ? (first, second) : (second, first);
    }

    /// <summary>The epoch in which the log was written last; 0 where it never was.</summary>
    public ulong LeftEpoch() => Math.Max(ReadHeader(0).Epoch, ReadHeader(1).Epoch);

    /// <summary>The bytes of a half from its first record on.</summary>
    public ReadOnlySpan<byte> Content(uint half) => Half(half)[HeaderLength..];

    /// <summary>Forgets what is in it and begins half <paramref name="number"/>, which no half of this store had before.</summary>
    public void Begin(uint number, ulong startedEpoch)
    {
        epoch = startedEpoch;
        Half(number + 1)[..HeaderLength].Clear();
        WriteHeader(number);
        Volatile.Write(ref state, State(number, HeaderLength));
    }

    /// <summary>
    /// Room for a record; false where the half is full. The record counts once <see cref="TryPublish"/> said so.
    /// </summary>
    public bool TryReserve(int length, out LogPosition position, out Span<byte> record)
    {
        var seen = Volatile.Read(ref state);
        position = new LogPosition(seen, length);
        var fits = CommitRecord.Aligned(length) <= HalfBytes - End(seen);
        record = fits ? Half(Number(seen)).Slice(End(seen), length) : default;
        return fits;
    }

    /// <summary>
    /// Makes a sealed record part of the log; false where the half was sealed meanwhile, and the record has to go to the
    /// next one.
    /// </summary>
    public bool TryPublish(in LogPosition position)
    {
        var next = State(Number(position.State), End(position.State) + CommitRecord.Aligned(position.Length));
        return Interlocked.CompareExchange(ref state, next, position.State) == position.State;
    }

    /// <summary>The number of the half that a record goes to.</summary>
    public static uint HalfOf(in LogPosition position) => Number(position.State);

    /// <summary>Bytes in that half before the record.</summary>
    public static int UsedBefore(in LogPosition position) => End(position.State) - HeaderLength;

    /// <summary>
    /// Turns to the other half, whose contents must be in the engine; from now on nothing is added to the one before, whose
    /// number and bytes of records this returns.
    /// </summary>
    public (uint Half, int Length) Seal()
    {
        var number = Number(Volatile.Read(ref state)) + 1;
        WriteHeader(number);
        var before = Interlocked.Exchange(ref state, State(number, HeaderLength));
        return (Number(before), End(before) - HeaderLength);
    }

    public void Dispose() => file.Dispose();

    private static ulong State(uint number, int end) => ((ulong)number << 32) | (uint)end;

    private static uint Number(ulong state) => (uint)(state >> 32);

    private static int End(ulong state) => (int)(uint)state;

    private Span<byte> Half(uint number) => file.Slice.Slice((int)(number & 1) * HalfBytes, HalfBytes).Span;

    // All 0 where the header is not whole: a half whose header was being written held nothing that the engine had not.
    private (uint Number, ulong Epoch) ReadHeader(uint index)
    {
        var header = Half(index)[..HeaderLength];
        var number = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        var valid = BinaryPrimitives.ReadUInt64LittleEndian(header) == Magic && (number & 1) == index
            && BinaryPrimitives.ReadUInt32LittleEndian(header[12..]) == Checksum.Of(number, header[16..]);
        return valid ? (number, BinaryPrimitives.ReadUInt64LittleEndian(header[16..])) : default;
    }

    private void WriteHeader(uint number)
    {
        var header = Half(number)[..HeaderLength];
        BinaryPrimitives.WriteUInt64LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], number);
        BinaryPrimitives.WriteUInt64LittleEndian(header[16..], epoch);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], Checksum.Of(number, header[16..]));
    }
}

/// <summary>Where a record goes, and the state of the log when its place was chosen.</summary>
internal readonly record struct LogPosition(ulong State, int Length);

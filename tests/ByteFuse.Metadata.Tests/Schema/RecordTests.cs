using System.Runtime.InteropServices;

namespace ByteFuse.Metadata.Tests.Schema;

/// <summary>Records round-trip, and those of other versions are read as far as they go.</summary>
public sealed class RecordTests
{
    private delegate bool Reader<T>(ReadOnlySpan<byte> value, out T record);

    [Fact]
    public void Inode_records() => RoundTrip<InodeRecord>(InodeRecord.EncodedLength, (record, to) => record.Write(to).ToArray(), InodeRecord.TryRead);

    [Fact]
    public void Dentry_records() => RoundTrip<DentryRecord>(DentryRecord.EncodedLength, (record, to) => record.Write(to).ToArray(), DentryRecord.TryRead);

    [Fact]
    public void Orphan_records() => RoundTrip<OrphanRecord>(OrphanRecord.EncodedLength, (record, to) => record.Write(to).ToArray(), OrphanRecord.TryRead);

    [Fact]
    public void Volume_records() => RoundTrip<VolumeRecord>(VolumeRecord.EncodedLength, (record, to) => record.Write(to).ToArray(), VolumeRecord.TryRead);

    [Fact]
    public void The_lengths_of_format_1_stay_as_they_are() =>
        Assert.Equal(
            (1 + 96, 1 + 9, 1 + 104, 1 + 52, 32),
            (InodeRecord.EncodedLength, DentryRecord.EncodedLength, OrphanRecord.EncodedLength, VolumeRecord.EncodedLength, DirectoryCounters.EncodedLength));

    [Fact]
    public void The_bytes_of_format_1_stay_as_they_are()
    {
        var inode = new InodeRecord
        {
            Mode = 0x81a4,
            UserId = 1,
            GroupId = 2,
            LinkCount = 3,
            DeviceNumber = 4,
            Flags = InodeFlags.HasXattrs,
            Size = 5,
            AccessedNs = -1,
            ModifiedNs = 6,
            ChangedNs = 7,
            CreatedNs = 8,
            Parent = 9,
            QuotaRoot = 10,
            DataId = 11,
            DataVersion = 12,
        };
        Assert.Equal(
            "01" + "A4810000" + "01000000" + "02000000" + "03000000" + "04000000" + "01000000" + "0500000000000000" + "FFFFFFFFFFFFFFFF" +
            "0600000000000000" + "0700000000000000" + "0800000000000000" + "0900000000000000" + "0A00000000000000" + "0B00000000000000" +
            "0C00000000000000",
            Convert.ToHexString(inode.Write(new byte[200])));
    }

    [Fact]
    public void Directory_counters_are_the_fields_of_a_counter_value()
    {
        var counters = new DirectoryCounters(1, -2, long.MaxValue, long.MinValue);
        var bytes = counters.Write(new byte[32]).ToArray();
        Assert.Equal([1, -2, long.MaxValue, long.MinValue], MemoryMarshal.Cast<byte, long>(bytes).ToArray());
        Assert.True(DirectoryCounters.TryRead([.. bytes, 1, 2, 3, 4, 5, 6, 7, 8], out var read));
        Assert.Equal(counters, read);
        Assert.False(DirectoryCounters.TryRead(bytes.AsSpan(0, 31), out _));
    }

    [Fact]
    public void Handed_out_numbers_are_the_fields_of_a_counter_value()
    {
        long[] fields = [5000, 300, 7];
        var bytes = MemoryMarshal.AsBytes(fields.AsSpan());
        Assert.True(NumberCounters.TryRead(bytes, out var read));
        Assert.Equal(new NumberCounters(Next: 5000, Swept: 300), read);
        // As volumes had it that were never swept.
        Assert.True(NumberCounters.TryRead(bytes[..8], out read));
        Assert.Equal(new NumberCounters(5000, 0), read);
        Assert.False(NumberCounters.TryRead(bytes[..7], out _));
    }

    [Fact]
    public void Duplicate_request_records()
    {
        var reply = Enumerable.Range(0, DuplicateRequestRecord.MaximumReply).Select(i => (byte)i).ToArray();
        foreach (var length in new[] { 0, 1, 128, reply.Length })
        {
            var bytes = DuplicateRequestRecord.Write(0x0102030405060708, 35, reply.AsSpan(0, length), new byte[200]).ToArray();
            Assert.Equal(DuplicateRequestRecord.HeaderLength + length, bytes.Length);
            Assert.True(DuplicateRequestRecord.TryRead(bytes, out var record));
            Assert.Equal((0x0102030405060708UL, 35U), (record.Unique, record.Opcode));
            Assert.Equal(reply.AsSpan(0, length).ToArray(), record.Reply.ToArray());
        }
        Assert.False(DuplicateRequestRecord.TryRead(new byte[DuplicateRequestRecord.HeaderLength - 1], out _));
        Assert.False(DuplicateRequestRecord.TryRead(new byte[DuplicateRequestRecord.HeaderLength], out _));
    }

    private static void RoundTrip<T>(int length, Func<T, byte[], byte[]> write, Reader<T> read)
        where T : unmanaged
    {
        var record = default(T);
        var raw = MemoryMarshal.AsBytes(new Span<T>(ref record));
        for (var i = 0; i < raw.Length; i++) raw[i] = (byte)(i + 1);
        var bytes = write(record, new byte[length]);
        Assert.Equal(length, bytes.Length);
        Assert.Equal(1, bytes[0]);
        Assert.True(read(bytes, out var again));
        Same(record, again);
        // A later version appends fields.
        Assert.True(read([.. bytes, 9, 9, 9, 9], out again));
        Same(record, again);
        // And says so in the version byte, which stays readable.
        bytes[0] = 2;
        Assert.True(read(bytes, out again));
        Same(record, again);
        Assert.False(read(bytes.AsSpan(0, length - 1), out _));
        Assert.False(read(default, out _));
        bytes[0] = 0;
        Assert.False(read(bytes, out _));
    }

    private static void Same<T>(in T expected, in T actual)
        where T : unmanaged =>
        Assert.Equal(
            MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in expected)).ToArray(), MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in actual)).ToArray());
}

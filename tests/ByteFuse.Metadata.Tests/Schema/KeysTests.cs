namespace ByteFuse.Metadata.Tests.Schema;

/// <summary>The order of the keys, and their parts.</summary>
public sealed class KeysTests
{
    [Fact]
    public void Keys_are_ordered_as_their_numbers()
    {
        ulong[] numbers = [0, 1, 255, 256, 65535, 65536, 1UL << 32, long.MaxValue, ulong.MaxValue];
        for (var i = 1; i < numbers.Length; i++)
        {
            Before(Keys.Inode(numbers[i - 1]), Keys.Inode(numbers[i]));
            Before(Keys.Counters(numbers[i - 1]), Keys.Counters(numbers[i]));
            Before(Keys.DentriesAt(7, numbers[i - 1]), Keys.DentriesAt(7, numbers[i]));
            Before(Keys.Dentry(numbers[i - 1], ulong.MaxValue, "z"u8), Keys.Dentry(numbers[i], 0, "a"u8));
            Assert.Equal(numbers[i], Keys.Number(Keys.Inode(numbers[i]).Span));
            Assert.Equal(numbers[i], Keys.Number(Keys.Garbage(numbers[i]).Span));
        }
        Before(Keys.Dentry(1, 5, "a"u8), Keys.Dentry(1, 5, "ab"u8));
        Before(Keys.Dentry(1, 5, "ab"u8), Keys.Dentry(1, 6, "a"u8));
    }

    [Fact]
    public void Every_key_begins_with_the_prefix_of_its_kind()
    {
        Begins(Keys.Inode(3), Keys.AllInodes);
        Begins(Keys.Dentries(3), Keys.AllDentries);
        Begins(Keys.Dentry(3, 9, "n"u8), Keys.Dentries(3));
        Begins(Keys.Dentry(3, 9, "n"u8), Keys.DentriesAt(3, 9));
        Begins(Keys.Xattr(3, "user.a"u8), Keys.Xattrs(3));
        Begins(Keys.Xattrs(3), Keys.AllXattrs);
        Begins(Keys.Symlink(3), Keys.AllSymlinks);
        Begins(Keys.Counters(3), Keys.AllDirectoryCounters);
        Begins(Keys.Orphan(3), Keys.AllOrphans);
        Begins(Keys.Garbage(3), Keys.AllGarbage);
        Begins(Keys.DuplicateRequest(5, 1), Keys.DuplicateRequests(5));
        Begins(Keys.DuplicateRequests(5), Keys.AllDuplicateRequests);
        Assert.Equal("user.a"u8, Keys.XattrName(Keys.Xattr(3, "user.a"u8).Span));
    }

    [Fact]
    public void No_two_tables_share_a_first_byte()
    {
        MetadataKey[] tables =
        [
            Keys.Volume, Keys.InodeAllocator, Keys.Usage, Keys.Topology, Keys.AllInodes, Keys.AllOrphans, Keys.AllGarbage,
            Keys.AllDentries, Keys.AllXattrs, Keys.AllSymlinks, Keys.AllDirectoryCounters, Keys.AllDuplicateRequests,
        ];
        Assert.Equal(tables.Length, tables.Select(key => key.Span[0]).Distinct().Count());
    }

    [Fact]
    public void A_dentry_key_is_taken_apart()
    {
        var name = new byte[255];
        Array.Fill(name, (byte)0xff);
        var key = Keys.Dentry(0x0102030405060708, 0x7fffffffffffffff, name);
        Assert.Equal(MetadataKey.MaximumLength, key.Length);
        Assert.True(Keys.TryParseDentry(key.Span, out var directory, out var cookie, out var parsed));
        Assert.Equal((0x0102030405060708UL, 0x7fffffffffffffffUL), (directory, cookie));
        Assert.Equal(name, parsed.ToArray());
        Assert.False(Keys.TryParseDentry(Keys.DentriesAt(1, 2).Span, out _, out _, out _));
        Assert.False(Keys.TryParseDentry(Keys.Xattr(1, "user.aaaaaaaaaaaaaaa"u8).Span, out _, out _, out _));
        Assert.False(Keys.TryParseDentry(default, out _, out _, out _));
    }

    [Fact]
    public void The_bytes_of_format_1_stay_as_they_are()
    {
        Assert.Equal("44" + "0000000000000102" + "0000000000000003" + "62", Convert.ToHexString(Keys.Dentry(0x102, 3, "b"u8).Span));
        Assert.Equal("49" + "0000000000000010", Convert.ToHexString(Keys.Inode(16).Span));
        Assert.Equal("58" + "0000000000000010" + "757365722E61", Convert.ToHexString(Keys.Xattr(16, "user.a"u8).Span));
        Assert.Equal(
            "52" + "000000000000000A" + "000000000000000B" + "0000000000000007",
            Convert.ToHexString(Keys.DuplicateRequest(new UInt128(10, 11), 7).Span));
    }

    private static void Before(in MetadataKey left, in MetadataKey right) => Assert.True(left.Span.SequenceCompareTo(right.Span) < 0);

    private static void Begins(in MetadataKey key, in MetadataKey prefix) => Assert.True(key.Span.StartsWith(prefix.Span));
}

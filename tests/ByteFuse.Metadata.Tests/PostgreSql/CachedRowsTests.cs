using ByteFuse.Metadata.PostgreSql;
using ByteFuse.Metadata.Rows;

namespace ByteFuse.Metadata.Tests.PostgreSql;

/// <summary>Which rows a node that alone commits keeps, and when it must not.</summary>
public sealed class CachedRowsTests
{
    private const long Bytes = 1 << 20;

    private static readonly byte[] First = "first"u8.ToArray();
    private static readonly byte[] Second = "second"u8.ToArray();

    private readonly CachedRows cache = new(Bytes);
    private readonly List<RowTicket> tickets = [];

    [Fact]
    public void What_was_read_is_known_and_so_is_what_was_not_there()
    {
        Assert.Null(Read(First, Second));
        Expect(First, Second);
        Keep(new StoredRow(First, 7, "value"u8.ToArray()), First, Second);
        Assert.Equal("value/7 -", Read(First, Second));
    }

    [Fact]
    public void What_is_being_changed_is_not_known_and_what_else_there_is_stays()
    {
        Expect(First, Second);
        Keep(new StoredRow(First, 7, "value"u8.ToArray()), First, Second);
        cache.BeginChange([First]);
        Assert.Null(Read(First));
        Assert.Null(Read(First, Second));
        Assert.Equal("-", Read(Second));
        cache.EndChange();
        Assert.Null(Read(First));
        Assert.Equal("-", Read(Second));
    }

    /// <summary>Whichever way a read and a change overlap, the server may have answered with the row from before it.</summary>
    [Theory]
    [InlineData("expect begin keep end")]
    [InlineData("expect begin end keep")]
    [InlineData("begin expect keep end")]
    [InlineData("begin expect end keep")]
    public void What_was_read_while_it_changed_is_not_kept(string order)
    {
        foreach (var step in order.Split(' '))
        {
            switch (step)
            {
                case "expect": Expect(First); break;
                case "begin": cache.BeginChange([First]); break;
                case "keep": Keep(new StoredRow(First, 7, "old"u8.ToArray()), First); break;
                default: cache.EndChange(); break;
            }
        }
        Assert.Null(Read(First));
        Expect(First);
        Keep(new StoredRow(First, 8, "new"u8.ToArray()), First);
        Assert.Equal("new/8", Read(First));
    }

    [Fact]
    public void Deltas_count_for_the_version()
    {
        var row = new StoredRow(First, 1 << 16, new byte[8]);
        row.Deltas.Add(1);
        Expect(First);
        Keep(row, First);
        Assert.Contains($"/{(1 << 16) + 1}", Read(First));
    }

    [Fact]
    public void Keys_of_inodes_to_come_are_known_to_be_absent_until_they_are_written()
    {
        var allocator = Keys.InodeAllocator.Span.ToArray();
        byte[] old = Keys.Inode(99).Span.ToArray(), young = Keys.Inode(100).Span.ToArray(), name = Keys.Dentry(100, 4711, "name"u8).Span.ToArray();
        Assert.Null(Read(young));
        // Read while it changes, it tells nothing.
        Expect(allocator);
        cache.BeginChange([allocator]);
        cache.EndChange();
        Keep(new StoredRow(allocator, 1, [100, 0, 0, 0, 0, 0, 0, 0]), allocator);
        Assert.Null(Read(young));
        Expect(allocator);
        Keep(new StoredRow(allocator, 1, [100, 0, 0, 0, 0, 0, 0, 0]), allocator);
        Assert.Null(Read(old));
        Assert.Equal("- -", Read(young, name));
        cache.BeginChange([young]);
        cache.EndChange();
        Assert.Null(Read(young));
        Assert.Equal("-", Read(name));
        // What it was is known; a later value does not make it forgotten what was written since.
        Expect(allocator);
        Keep(new StoredRow(allocator, 2, [200, 0, 0, 0, 0, 0, 0, 0]), allocator);
        Assert.Null(Read(young));
        Assert.Equal("-", Read(name));
    }

    private void Expect(params byte[][] keys) => cache.Expect([.. keys], tickets);

    private void Keep(StoredRow row, params byte[][] keys) =>
        cache.Keep([.. keys], tickets, new Dictionary<byte[], StoredRow>(ByteStrings.Comparer) { [row.Key] = row });

    private string? Read(params byte[][] keys)
    {
        using var read = MetadataRead.Rent();
        foreach (var key in keys) read.Add(MetadataKey.From(key));
        if (!cache.TryRead(read)) return null;
        return string.Join(' ', keys.Select((_, i) => read.Found(i) ? $"{System.Text.Encoding.UTF8.GetString(read.Value(i))}/{read.Version(i)}" : "-"));
    }
}

using System.Text;
using ByteFuse.Metadata.Dump;
using ByteFuse.Metadata.Memory;
using ByteFuse.Metadata.RocksDb;
using ByteFuse.Metadata.Tests.PostgreSql;
using ByteFuse.Testing;

namespace ByteFuse.Metadata.Tests.Dump;

/// <summary>Dumps of the metadata: what comes back is what was there, and what is no dump is refused.</summary>
public sealed class DumpTests(ITestOutputHelper output) : IDisposable
{
    private const int RandomRows = 3000;

    private static readonly VolumeRecord Volume = new()
    {
        Format = VolumeRecord.CurrentFormat,
        Identity = UInt128.MaxValue / 3,
        CookieKey = UInt128.MaxValue / 7,
        FormattedNs = FileTime.From(1_700_000_000, 123_456_789),
        LastSession = 9,
    };

    private readonly Scratch scratch = new(prefix: "bytefuse-dump-");

    public void Dispose() => scratch.Dispose();

    [Fact]
    public void Every_row_comes_back_through_every_engine()
    {
        var random = new Random(StoreHost.Seed(output));
        using var postgres = new PostgresVolume();
        using var memory = new MemoryMetadataStore();
        var first = Text(RandomRowsOf(random));
        Assert.Equal(Errno.None, Load(first, memory));
        var second = Dump(memory);
        // In the order of keys from now on.
        Assert.Equal(Lines(first).Order(StringComparer.Ordinal), Lines(second).Order(StringComparer.Ordinal));
        using (var rocks = RocksDbMetadataStore.Open(scratch["meta"], new RocksDbOptions { CreateIfMissing = true, ReserveBytes = 1 << 20 }, StoreHost.Set.BlockingCalls))
        {
            Assert.Equal(Errno.None, Load(second, rocks));
            Assert.Equal(second, Dump(rocks));
        }
        using var remote = postgres.Open();
        Assert.Equal(Errno.None, Load(second, remote));
        Assert.Equal(second, Dump(remote));
    }

    [Fact]
    public void Lines_are_for_people()
    {
        var cookie = new DirectoryCookie(Volume.CookieKey).Of("größe"u8);
        var inode = new InodeRecord { Mode = 0x81A4, UserId = 7, LinkCount = 1, AccessedNs = FileTime.From(-1, 999_999_999), DataId = 17 };
        var text = Text(
        [
            new DumpRow(Keys.Inode(17).Span.ToArray(), inode.Write(new byte[InodeRecord.EncodedLength]).ToArray()),
            new DumpRow(Keys.Dentry(1, cookie, "größe"u8).Span.ToArray(), new DentryRecord { Inode = 17, Type = 8 }.Write(new byte[16]).ToArray()),
            new DumpRow(Keys.Xattr(17, [0x75, 0xFF]).Span.ToArray(), "v"u8.ToArray()),
            new DumpRow(Keys.Symlink(18).Span.ToArray(), "a\"b"u8.ToArray()),
        ]);
        Assert.Contains("\"kind\":\"inode\",\"inode\":17,\"mode\":\"0100644\",\"uid\":7,\"gid\":0,\"links\":1,\"atime\":\"-1.999999999\"", text);
        Assert.Contains("{\"kind\":\"dentry\",\"parent\":1,\"name\":\"größe\",\"inode\":17,\"type\":8}\n", text);
        Assert.Contains("{\"kind\":\"xattr\",\"inode\":17,\"nameBase64\":\"df8=\",\"value\":\"dg==\"}\n", text);
        Assert.Contains("{\"kind\":\"symlink\",\"inode\":18,\"target\":\"a\\\"b\"}\n", text);
        Assert.EndsWith("{\"kind\":\"end\",\"rows\":4}\n", text);
    }

    [Fact]
    public void What_is_not_as_this_version_writes_it_comes_back_as_it_is()
    {
        DumpRow[] rows =
        [
            // A record of a later version, one that is cut off, a name that lies at another's place, a table that there is not.
            new(Keys.Inode(17).Span.ToArray(), [.. new InodeRecord { Mode = 0x81A4 }.Write(new byte[128]), 1, 2, 3]),
            new(Keys.Inode(18).Span.ToArray(), [1, 2, 3]),
            new(Keys.Dentry(1, 4711, "name"u8).Span.ToArray(), new DentryRecord { Inode = 17, Type = 8 }.Write(new byte[16]).ToArray()),
            new("Z?"u8.ToArray(), "value"u8.ToArray()),
            new(Keys.Usage.Span.ToArray(), [1, 2, 3]),
            new(Keys.Garbage(5).Span.ToArray(), [1]),
        ];
        var text = Text(rows);
        Assert.Equal(rows.Length, Lines(text).Count(line => line.StartsWith("{\"kind\":\"row\"", StringComparison.Ordinal)));
        Assert.Equal(rows, RowsOf(text), SameRow);
    }

    [Theory]
    [InlineData("", "line 1: this is no dump")]
    [InlineData("{}\n", "line 1: this is no dump")]
    [InlineData("no dump\n", "line 1: this is no dump")]
    [InlineData("{\"kind\":\"bytefuse-dump\",\"version\":2}\n", "line 1: version 2")]
    public void What_is_no_dump_is_refused(string text, string problem) => Assert.StartsWith(problem, Refusal(text));

    [Fact]
    public void What_is_not_whole_is_refused()
    {
        var text = Text([new DumpRow(Keys.Symlink(17).Span.ToArray(), "target"u8.ToArray()), new DumpRow(Keys.Garbage(18).Span.ToArray(), [])]);
        Assert.Null(Refusal(text));
        // Wherever it is cut off: never half of it.
        for (var length = 0; length < text.Length; length++) Assert.NotNull(Refusal(text[..length]));
        var lines = Lines(text);
        Assert.Equal("line 3: the dump had 2 rows and has 1", Refusal(string.Concat(lines.Where((_, i) => i != 1).Select(line => line + "\n"))));
        Assert.Equal("line 5: something follows the dump", Refusal(text + "{}\n"));
        Assert.StartsWith("line 2: ", Refusal(text.Replace("\"target\"", "\"tarjet\"")));
        Assert.StartsWith("line 2: ", Refusal(text.Replace("\"inode\":17", "\"inode\":-17")));
        Assert.StartsWith("line 3: \"kind\" is ", Refusal(text.Replace("garbage", "rubbish")));
        Assert.StartsWith("line 2: longer than ", Refusal(Lines(text)[0] + "\n" + new string('x', 1 << 21)));
    }

    [Fact]
    public void Two_rows_about_the_same_are_refused()
    {
        using var memory = new MemoryMetadataStore();
        var row = new DumpRow(Keys.Garbage(18).Span.ToArray(), []);
        Assert.Equal(Errno.EEXIST, Load(Text([row, row]), memory));
        var many = Enumerable.Range(100, 1000).Select(number => new DumpRow(Keys.Garbage((ulong)number).Span.ToArray(), []));
        using var other = new MemoryMetadataStore();
        Assert.Equal(Errno.EEXIST, Load(Text([row, .. many, row]), other));
    }

    private static bool SameRow(DumpRow one, DumpRow other) => one.Key.AsSpan().SequenceEqual(other.Key) && one.Value.AsSpan().SequenceEqual(other.Value);

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string Text(IEnumerable<DumpRow> rows)
    {
        using var stream = new MemoryStream();
        using var writer = new DumpWriter(stream, Volume);
        foreach (var row in rows) writer.Write(row);
        writer.End();
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static List<DumpRow> RowsOf(string text)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var reader = new DumpReader(stream);
        Assert.Equal(Volume, reader.Volume);
        var rows = new List<DumpRow>();
        while (reader.TryRead(out var row)) rows.Add(row);
        return rows;
    }

    private static string? Refusal(string text)
    {
        try
        {
            RowsOf(text);
            return null;
        }
        catch (DumpFormatException problem)
        {
            return problem.Message;
        }
    }

    private static Errno Load(string text, IMetadataStore store)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return MetadataDump.Load(new DumpReader(stream), store, StoreHost.Set, _ => { });
    }

    private static string Dump(IMetadataStore store)
    {
        using var stream = new MemoryStream();
        Assert.Equal(Errno.None, MetadataDump.Write(store, StoreHost.Set, stream, _ => { }));
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static IEnumerable<DumpRow> RandomRowsOf(Random random)
    {
        var cookies = new DirectoryCookie(Volume.CookieKey);
        for (var number = 100UL; number < 100 + RandomRows; number++)
        {
            var name = new byte[random.Next(1, 256)];
            random.NextBytes(name);
            yield return random.Next(8) switch
            {
                0 => new DumpRow(Keys.Inode(number).Span.ToArray(), RandomInode(random).Write(new byte[InodeRecord.EncodedLength]).ToArray()),
                1 => new DumpRow(Keys.Counters(number).Span.ToArray(),
                    new DirectoryCounters(random.NextInt64(), -random.NextInt64(), RandomTime(random), RandomTime(random)).Write(new byte[64]).ToArray()),
                2 => new DumpRow(Keys.Dentry(number, cookies.Of(name), name).Span.ToArray(),
                    new DentryRecord { Inode = (ulong)random.NextInt64(), Type = (byte)random.Next(16) }.Write(new byte[16]).ToArray()),
                3 => new DumpRow(Keys.Xattr(number, name).Span.ToArray(), name),
                4 => new DumpRow(Keys.Symlink(number).Span.ToArray(), random.Next(2) == 0 ? name : "plain/text"u8.ToArray()),
                5 => new DumpRow(Keys.Orphan(number).Span.ToArray(),
                    new OrphanRecord { Session = number, Attributes = random.Next(2) == 0 ? default : RandomInode(random) }.Write(new byte[OrphanRecord.EncodedLength]).ToArray()),
                6 => new DumpRow(Keys.Garbage(number).Span.ToArray(), []),
                _ => new DumpRow([(byte)'z', .. name], name),
            };
        }
        yield return new DumpRow(Keys.InodeAllocator.Span.ToArray(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
        yield return new DumpRow(Keys.Usage.Span.ToArray(), [255, 255, 255, 255, 255, 255, 255, 255]);
    }

    private static InodeRecord RandomInode(Random random) => new()
    {
        Mode = (uint)random.NextInt64(uint.MaxValue),
        UserId = uint.MaxValue,
        GroupId = (uint)random.Next(),
        LinkCount = (uint)random.Next(3),
        DeviceNumber = (uint)random.Next(2),
        Flags = (InodeFlags)random.Next(64),
        Size = (ulong)random.NextInt64(),
        AccessedNs = RandomTime(random),
        ModifiedNs = RandomTime(random),
        ChangedNs = RandomTime(random),
        CreatedNs = RandomTime(random),
        Parent = (ulong)random.Next(2),
        DataId = ulong.MaxValue,
        DataVersion = (ulong)random.Next(2),
    };

    private static long RandomTime(Random random) =>
        FileTime.From(random.NextInt64(FileTime.MinimumSeconds, FileTime.MaximumSeconds + 1), (uint)random.Next(1_000_000_000));
}

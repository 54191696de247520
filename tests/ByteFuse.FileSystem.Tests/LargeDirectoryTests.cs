using System.Buffers.Binary;
using System.Text;
using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;
using Xunit;

namespace ByteFuse.FileSystem.Tests;

/// <summary>A directory of a million names, listed while it changes: what is there throughout comes once, and offsets hold.</summary>
public sealed class LargeDirectoryTests(ITestOutputHelper output) : IDisposable
{
    private const int Names = 1_000_000;
    private const int ReplyBytes = 128 << 10;
    private const int ChangesPerReply = 10;

    private readonly VolumeFixture volume = new();

    public void Dispose() => volume.Dispose();

    [Fact]
    public void Every_name_that_stays_comes_once_and_an_offset_leads_to_the_same_name_again()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("BYTEFUSE_SEED"), out var given) ? given : Environment.TickCount;
        output.WriteLine($"seed {seed} (BYTEFUSE_SEED)");
        var random = new Random(seed);
        var directory = volume.MakeDirectory("large");
        Fill(directory);

        var seen = new int[Names];
        // Where each tenth reply ended, and the number of the staying name that came next.
        var marks = new List<(ulong Offset, int Next)>();
        var passing = new Queue<string>();
        ulong offset = 0;
        var replies = 0;
        for (var entries = List(directory, offset); entries.Count > 0; entries = List(directory, offset), replies++)
        {
            var stays = entries.Where(entry => entry.Number >= 0).ToList();
            foreach (var entry in stays) seen[entry.Number]++;
            if (replies % 10 == 0 && stays.Count > 0) marks.Add((offset, stays[0].Number));
            offset = entries[^1].Offset;
            Change(directory, random, passing);
        }

        output.WriteLine($"{replies} replies, {passing.Count} names came and stayed");
        Assert.InRange(replies, Names / (ReplyBytes / 24), Names);
        Assert.Equal(Names, seen.Count(times => times == 1));
        foreach (var (start, next) in marks) Assert.Equal(next, List(directory, start).First(entry => entry.Number >= 0).Number);
    }

    // Straight into the store: READDIR reads names alone, and a million creates would take minutes.
    private void Fill(ulong directory)
    {
        const int batch = 5_000;
        for (var first = 0; first < Names; first += batch)
        {
            volume.Commit(commit =>
            {
                for (var i = first; i < first + batch; i++)
                    commit.PutDentry(volume.Dentry(directory, Name(i)), (ulong)(1_000_000 + i), FileMode.Regular);
                commit.Add(Keys.Counters(directory), DirectoryCounters.EntriesField, batch);
            });
        }
    }

    // Names come and go on both sides of where the listing is, as the hash spreads them.
    private void Change(ulong directory, Random random, Queue<string> passing)
    {
        for (var i = 0; i < ChangesPerReply; i++)
        {
            var name = $"passing-{random.NextInt64():x}";
            volume.CreateClosed(name, directory, length: 0);
            passing.Enqueue(name);
            if (random.Next(3) > 0) volume.Unlink(passing.Dequeue(), directory);
        }
    }

    private List<(ulong Offset, int Number)> List(ulong directory, ulong offset)
    {
        var answer = volume.Serve(Opcode.ReadDirectory, directory, new ReadIn { Offset = offset, Size = ReplyBytes });
        Assert.Equal(Errno.None, answer.Error);
        var entries = new List<(ulong, int)>();
        // struct fuse_dirent: inode, offset of the next, length of the name, type, name padded to eight bytes.
        for (var rest = answer.Body.AsSpan(); rest.Length > 0;)
        {
            var next = BinaryPrimitives.ReadUInt64LittleEndian(rest[8..]);
            var length = BinaryPrimitives.ReadInt32LittleEndian(rest[16..]);
            var name = Encoding.ASCII.GetString(rest.Slice(24, length));
            entries.Add((next, name.StartsWith("file-") ? int.Parse(name[5..]) : -1));
            rest = rest[((24 + length + 7) & ~7)..];
        }
        return entries;
    }

    private static string Name(int number) => $"file-{number}";
}

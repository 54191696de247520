using ByteFuse.Linux;
using ByteFuse.Metadata;
using Xunit;

namespace ByteFuse.FileSystem.Tests;

/// <summary>The check finds nothing where nothing is wrong, finds each kind of damage, and leaves none behind when it repairs.</summary>
public sealed class CheckTests : IDisposable
{
    private const ulong Root = VolumeOperations.Root;

    private readonly ITestOutputHelper output;
    private readonly VolumeFixture volume = new();
    private readonly CheckedVolume all;

    public CheckTests(ITestOutputHelper output)
    {
        this.output = output;
        var file = volume.CreateClosed("file", length: 10_000);
        volume.SetXattr(file, "user.a", "value");
        var linked = volume.CreateClosed("linked");
        Assert.Equal(Errno.None, volume.Link(linked, "also linked").Error);
        // Older than what it will lie in: the check goes by number.
        volume.MakeDirectory("deep");
        var folder = volume.MakeDirectory("folder");
        var nested = volume.MakeDirectory("nested", folder);
        volume.SetXattr(nested, "user.a", "value");
        volume.CreateClosed("inner", nested, length: 0);
        volume.Rename("deep", "deep", nested);
        all = new CheckedVolume(file, linked, folder, nested, volume.Symlink("symlink", "target"));
        // Held and without a name: a file with bytes, a removed directory with an attribute.
        volume.CreateOpen("orphan");
        volume.Unlink("orphan");
        volume.SetXattr(volume.MakeDirectory("removed"), "user.a", "value");
        volume.RemoveDirectory("removed");
        volume.Die();
    }

    public static TheoryData<string> Kinds => [.. CheckDamage.All.Keys];

    public void Dispose() => volume.Dispose();

    [Fact]
    public void A_volume_in_order_is_clean_whether_its_session_ended_well_or_not()
    {
        AssertClean(orphans: 2);
        volume.Restart();
        volume.Close();
        AssertClean(orphans: 0);
        Assert.Equal(8, Count(Keys.AllDentries));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_damage_is_found_repaired_and_gone(string kind)
    {
        var damage = CheckDamage.All[kind];
        damage.Do(volume, all);
        var damaged = volume.Snapshot();
        var found = volume.Check();
        foreach (var problem in found.Problems) output.WriteLine(problem);
        AssertProblems(damage.Problems, found);
        Assert.Equal((false, 0L), (found.IsClean, found.Repaired));
        Assert.Equal(damaged, volume.Snapshot());

        var repaired = volume.Check(repair: true);
        AssertProblems([.. damage.Problems, .. damage.Consequences], repaired);
        Assert.Equal((true, repaired.Found), (repaired.IsClean, repaired.Repaired));
        AssertClean(orphans: 2);
        // What was not damaged is as it was.
        volume.Restart();
        Assert.Equal(10_000, volume.Read(all.File, 20_000).Length);
        volume.Close();
        AssertClean(orphans: 0);
    }

    [Fact]
    public void A_lost_file_is_in_lost_and_found_with_its_contents()
    {
        CheckDamage.All["file without a name"].Do(volume, all);
        volume.Check(repair: true);
        volume.Restart();
        Assert.Equal(all.File, InLostAndFound(all.File));
        Assert.Equal(1u, volume.Record(all.File).LinkCount);
        Assert.Equal(10_000, volume.Read(all.File, 20_000).Length);
        Assert.Equal("value"u8, volume.Value(Keys.Xattr(all.File, "user.a"u8)).AsSpan());
    }

    [Fact]
    public void A_lost_directory_is_in_lost_and_found_with_its_names()
    {
        CheckDamage.All["directory without a name"].Do(volume, all);
        volume.Check(repair: true);
        volume.Restart();
        Assert.Equal(all.Nested, InLostAndFound(all.Nested));
        var folder = volume.Run(() => volume.Volume.Resolve("lost+found")).Inode;
        Assert.Equal(folder, volume.Record(all.Nested).Parent);
        Assert.Equal(2, Count(Keys.Dentries(all.Nested)));
        // A second lost inode joins the first in the same folder.
        CheckDamage.All["file without a name"].Do(volume, all);
        volume.Die();
        Assert.Equal(1, volume.Check(repair: true).Found);
        Assert.Equal(2, Count(Keys.Dentries(folder)));
    }

    [Theory]
    [InlineData("file without a name")]
    [InlineData("bytes still to be removed")]
    public void A_number_in_use_is_not_given_to_lost_and_found(string other)
    {
        // Where the next number is too low, a folder made under it would take the place of an inode, or its bytes would go.
        if (other.StartsWith("bytes")) volume.Commit(commit => commit.Put(Keys.Garbage(50), default));
        CheckDamage.All["file without a name"].Do(volume, all);
        volume.Commit(commit => commit.Add(Keys.InodeAllocator, 0, -4096));
        var inodes = volume.Snapshot(Keys.AllInodes);
        Assert.True(volume.Check(repair: true).IsClean);
        foreach (var (key, value) in inodes) Assert.Equal(value, volume.Snapshot(Keys.AllInodes)[key]);
        var highest = other.StartsWith("bytes") ? 50ul : volume.Snapshot(Keys.AllOrphans).Keys.Max(key => Convert.ToUInt64(key[2..], 16));
        volume.Restart();
        Assert.True(volume.Run(() => volume.Volume.Resolve("lost+found")).Inode > highest);
        Assert.True(volume.MakeDirectory("new") > highest);
    }

    [Fact]
    public void What_nobody_owns_does_not_become_lost_and_founds()
    {
        var next = volume.Snapshot(Keys.AllOrphans).Keys.Max(key => Convert.ToUInt64(key[2..], 16)) + 1;
        CheckDamage.All["next inode number"].Do(volume, all);
        CheckDamage.All["file without a name"].Do(volume, all);
        volume.Commit(commit => commit.Put(Keys.Xattr(next, "user.a"u8), "value"u8));
        Assert.True(volume.Check(repair: true).IsClean);
        volume.Restart();
        Assert.Equal(next, volume.Run(() => volume.Volume.Resolve("lost+found")).Inode);
        Assert.Empty(volume.Snapshot(Keys.Xattrs(next)));
    }

    [Fact]
    public void Any_damages_together_are_repaired_at_once()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("BYTEFUSE_SEED"), out var given) ? given : Environment.TickCount;
        output.WriteLine($"seed {seed} (BYTEFUSE_SEED)");
        var random = new Random(seed);
        for (var round = 0; round < 20; round++)
        {
            // The names of these are lost in the first round that takes them, and they cannot be lost twice.
            var kinds = CheckDamage.All.Where(pair => round == 0 || !pair.Key.EndsWith("without a name")).ToArray();
            random.Shuffle(kinds);
            kinds = kinds[..random.Next(1, kinds.Length + 1)];
            output.WriteLine($"round {round}: {string.Join(", ", kinds.Select(pair => pair.Key))}");
            foreach (var (_, damage) in kinds) damage.Do(volume, all);
            var report = volume.Check(repair: true);
            foreach (var problem in report.Problems) output.WriteLine(problem);
            Assert.True(report.IsClean && report.Found > 0);
            AssertClean(orphans: 2);
        }
    }

    [Fact]
    public void Bytes_that_the_next_mount_removes_are_no_problem_and_a_repair_removes_them_too()
    {
        const ulong stray = 2_000;
        CheckDamage.StoreBytes(volume, stray);
        AssertStray();
        var repaired = volume.Check(repair: true);
        Assert.Equal((true, 1L), (repaired.IsClean, repaired.Strays));
        Assert.False(volume.HasBytes(stray));
        AssertClean(orphans: 2);
        CheckDamage.StoreBytes(volume, stray);
        AssertStray();
        volume.Restart();
        volume.Run(volume.Volume.Strays.Settle);
        Assert.False(volume.HasBytes(stray));
        volume.Close();
        AssertClean(orphans: 0);
        // Nobody looks there any more.
        CheckDamage.StoreBytes(volume, stray);
        AssertProblems(["belongs to no inode"], volume.Check());

        void AssertStray()
        {
            var report = volume.Check();
            Assert.Empty(report.Problems);
            Assert.Equal((true, 1L, 0L), (report.IsClean, report.Strays, report.Found));
            Assert.True(volume.HasBytes(stray));
        }
    }

    [Fact]
    public void An_inode_that_cannot_be_read_keeps_its_bytes()
    {
        volume.Commit(commit => commit.Put(Keys.Inode(all.File), [0]));
        var report = volume.Check(repair: true);
        Assert.Single(report.Problems, problem => problem.Contains("cannot be read"));
        Assert.True(volume.HasBytes(all.File));
    }

    private void AssertClean(long orphans)
    {
        var report = volume.Check();
        Assert.Empty(report.Problems);
        Assert.Equal((true, 0L, orphans, 0L), (report.IsClean, report.Found, report.Orphans, report.Strays));
        Assert.Equal(Count(Keys.AllInodes), report.Inodes);
        Assert.Equal(Count(Keys.AllDentries), report.Dentries);
        Assert.Equal(volume.Files.Scan().Count(), report.StoredFiles);
    }

    private static void AssertProblems(string[] expected, CheckReport report)
    {
        Assert.Equal(expected.Length, report.Problems.Count);
        Assert.All(expected, part => Assert.Single(report.Problems, problem => problem.Contains(part)));
    }

    private ulong InLostAndFound(ulong inode)
    {
        var found = volume.Run(() => volume.Volume.Resolve($"lost+found/#{inode}"));
        Assert.Equal(Errno.None, found.Error);
        return found.Inode;
    }

    private int Count(MetadataKey prefix) => volume.Snapshot(prefix).Count;
}

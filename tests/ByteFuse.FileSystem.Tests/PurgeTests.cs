using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using Xunit;

namespace ByteFuse.FileSystem.Tests;

/// <summary>When an inode without a name goes, and in which order it does.</summary>
public sealed class PurgeTests : IDisposable
{
    private readonly VolumeFixture volume;
    private WatchedDataStore store = null!;

    public PurgeTests() => volume = new VolumeFixture((metadata, files) => store = new WatchedDataStore(metadata, files));

    public void Dispose() => volume.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_open_file_without_a_name_keeps_everything_until_it_is_released_and_forgotten(bool releasedFirst)
    {
        var empty = volume.Snapshot();
        var file = volume.CreateOpen("file");
        var contents = Enumerable.Range(0, 5000).Select(i => (byte)i).ToArray();
        volume.Write(file, contents);
        volume.SetXattr(file, "user.a", "b");
        volume.Unlink("file");
        AssertKept(file);
        Assert.Equal(contents, volume.Read(file, 8192));
        if (releasedFirst) volume.Release(file);
        else volume.Forget(file);
        AssertKept(file);
        Assert.Equal(contents, volume.Read(file, 8192));
        if (releasedFirst) volume.Forget(file);
        else volume.Release(file);
        Assert.Equal(0, volume.Volume.OrphanCount);
        volume.Close();
        AssertGone(file);
        AssertSameTables(empty);
    }

    [Fact]
    public void A_file_keeps_everything_until_its_last_release()
    {
        var file = volume.CreateOpen("file");
        Assert.Equal(Errno.None, volume.Serve(Opcode.Open, file, default(OpenIn)).Error);
        volume.Unlink("file");
        volume.Forget(file);
        volume.Release(file);
        AssertKept(file);
        volume.Release(file);
        volume.CollectGarbage();
        AssertGone(file);
    }

    /// <summary>On a full store: a write waits for deleted files that may go any moment, but not again and again for one that is held.</summary>
    [Fact]
    public void A_file_that_somebody_holds_is_waited_for_once()
    {
        var orphans = volume.Volume.Orphans;
        var held = volume.CreateOpen("held");
        volume.Unlink("held");
        Assert.True(orphans.AnyDue);
        volume.CollectGarbage();
        AssertKept(held);
        Assert.False(orphans.AnyDue);
        var other = volume.CreateOpen("other");
        volume.Unlink("other");
        Assert.True(orphans.AnyDue);
        volume.Release(other);
        volume.Forget(other);
        volume.CollectGarbage();
        AssertGone(other);
        Assert.False(orphans.AnyDue);
        // Closed: now its FORGET is due.
        volume.Release(held);
        Assert.True(orphans.AnyDue);
        volume.Forget(held);
        volume.CollectGarbage();
        AssertGone(held);
    }

    [Fact]
    public void Files_that_go_one_by_one_share_a_commit_and_leave_no_garbage_unless_written()
    {
        const int Files = 50;
        var empty = Enumerable.Range(0, Files).Select(i => volume.CreateClosed($"empty.{i}", length: 0)).ToArray();
        // Asked for once: that is when the store learns that there is nothing.
        foreach (var file in empty) volume.AccessedNs(file);
        for (var i = 0; i < Files; i++) volume.Unlink($"empty.{i}");
        var commits = volume.Metadata.Statistics.Commits;
        foreach (var file in empty) volume.Forget(file);
        volume.CollectGarbage();
        Assert.InRange(volume.Metadata.Statistics.Commits - commits, 1, 5);
        foreach (var file in empty) AssertGone(file);
        Assert.Empty(store.Removals);
    }

    [Fact]
    public void An_inode_that_waits_for_its_purge_is_not_found_by_its_number()
    {
        var file = volume.CreateClosed("file");
        var directory = volume.MakeDirectory("directory");
        Assert.Equal(Errno.None, ByNumber(file));
        Assert.Equal(Errno.None, ByNumber(directory));
        volume.Unlink("file");
        volume.RemoveDirectory("directory");
        Assert.True(volume.Has(Keys.Orphan(file)));
        Assert.Equal(Errno.ESTALE, ByNumber(file));
        Assert.Equal(Errno.ESTALE, ByNumber(directory));

        Errno ByNumber(ulong inode) => volume.Serve(Opcode.Lookup, inode, 0, VolumeOperations.Name(".")).Error;
    }

    [Fact]
    public void A_file_with_another_name_is_no_orphan()
    {
        var file = volume.CreateClosed("one");
        volume.Link(file, "two");
        volume.Unlink("one");
        volume.Forget(file);
        volume.CollectGarbage();
        Assert.False(volume.Has(Keys.Orphan(file)));
        Assert.Equal(1u, volume.Record(file).LinkCount);
        Assert.True(volume.HasBytes(file));
        volume.Unlink("two");
        volume.Forget(file);
        volume.CollectGarbage();
        AssertGone(file);
    }

    [Fact]
    public void Closing_a_volume_purges_what_was_still_held()
    {
        var file = volume.CreateOpen("file");
        volume.Unlink("file");
        volume.Close();
        AssertGone(file);
    }

    [Fact]
    public void Orphans_of_an_ended_session_are_purged_by_the_next()
    {
        var empty = volume.Snapshot();
        var file = volume.CreateOpen("file");
        volume.SetXattr(file, "user.a", "b");
        var link = volume.Symlink("link", "target");
        var folder = volume.MakeDirectory("folder");
        volume.SetXattr(folder, "user.a", "b");
        volume.Unlink("file");
        volume.Unlink("link");
        volume.RemoveDirectory("folder");
        volume.Die();
        Assert.Equal(3, volume.Snapshot(Keys.AllOrphans).Count);
        Assert.True(volume.Has(Keys.Inode(link)));
        AssertKept(file);
        volume.Restart();
        // Closing purges what this session holds, which is nothing: the orphans are gone before.
        volume.CollectGarbage();
        AssertGone(file);
        Assert.Empty(volume.Snapshot(Keys.AllOrphans));
        volume.Close();
        AssertSameTables(empty);
    }

    [Fact]
    public void More_orphans_than_one_commit_takes_are_purged()
    {
        var empty = volume.Snapshot();
        const int files = 300;
        for (var i = 0; i < files; i++)
        {
            volume.CreateOpen($"f{i}", length: 10);
            volume.Unlink($"f{i}");
        }
        Assert.Equal(files, volume.Volume.OrphanCount);
        volume.Restart();
        volume.Close();
        Assert.Empty(volume.Files.Scan());
        AssertSameTables(empty);
    }

    [Fact]
    public void Bytes_go_after_a_durable_purge_and_their_key_after_the_bytes()
    {
        var file = volume.CreateClosed("file");
        volume.Unlink("file");
        store.Refusal = Errno.EIO;
        volume.Forget(file);
        volume.CollectGarbage();
        Assert.Equal(new Removal(file, GarbageKey: true, InodeKey: false, Durable: true), Assert.Single(store.Removals));
        Assert.True(volume.Has(Keys.Garbage(file)));
        Assert.True(volume.HasBytes(file));
        Assert.Equal(Errno.EIO, volume.Run(volume.Volume.Close));
        Assert.True(volume.Has(Keys.Garbage(file)));
        store.Refusal = Errno.None;
        volume.Restart();
        volume.Close();
        AssertGone(file);
    }

    private void AssertKept(ulong file)
    {
        volume.CollectGarbage();
        Assert.True(volume.Has(Keys.Inode(file)));
        Assert.True(volume.Has(Keys.Orphan(file)));
        Assert.True(volume.HasBytes(file));
        Assert.DoesNotContain(store.Removals, removal => removal.DataId == file);
    }

    private void AssertGone(ulong file)
    {
        Assert.False(volume.Has(Keys.Inode(file)));
        Assert.False(volume.Has(Keys.Orphan(file)));
        Assert.False(volume.Has(Keys.Garbage(file)));
        Assert.Empty(volume.Snapshot(Keys.Xattrs(file)));
        Assert.False(volume.HasBytes(file));
    }

    /// <summary>Nothing is left in the tables of inodes, and the volume counts as many inodes as before.</summary>
    private void AssertSameTables(SortedDictionary<string, string> before)
    {
        var after = volume.Snapshot();
        foreach (var table in (MetadataKey[])[Keys.AllInodes, Keys.AllDentries, Keys.AllXattrs, Keys.AllSymlinks, Keys.AllOrphans, Keys.AllGarbage, Keys.Usage])
        {
            var prefix = Convert.ToHexString(table.Span);
            Assert.Equal(before.Where(pair => pair.Key.StartsWith(prefix)), after.Where(pair => pair.Key.StartsWith(prefix)));
        }
        Assert.Equal(0, BitConverter.ToInt64(volume.Value(Keys.Counters(VolumeOperations.Root))!));
    }
}

using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;
using Xunit;

namespace ByteFuse.FileSystem.Tests;

/// <summary>Access times are seen at once and committed later, many together, and never against a later change.</summary>
public sealed class PendingAccessTimesTests : IDisposable
{
    private const ulong NoInode = 1UL << 40;

    /// <summary>The year 2033.</summary>
    private const long Late = 2_000_000_000_000_000_000;

    private readonly VolumeFixture volume = new();

    public void Dispose() => volume.Dispose();

    [Fact]
    public void Reads_of_many_files_share_their_commits()
    {
        const int Files = 100;
        var files = Enumerable.Range(0, Files).Select(i => volume.CreateClosed($"file.{i}")).ToArray();
        var before = files.Select(volume.AccessedNs).ToArray();
        Thread.Sleep(20);
        var commits = volume.Metadata.Statistics.Commits;
        foreach (var file in files) Open(file);
        for (var i = 0; i < Files; i++) Assert.True(volume.AccessedNs(files[i]) > before[i]);
        Sync();
        Assert.InRange(volume.Metadata.Statistics.Commits - commits, 1, 10);
        for (var i = 0; i < Files; i++) Assert.Equal(volume.AccessedNs(files[i]), volume.Record(files[i]).AccessedNs);
        commits = volume.Metadata.Statistics.Commits;
        Sync();
        Assert.Equal(commits, volume.Metadata.Statistics.Commits);
    }

    [Fact]
    public void What_is_pending_is_committed_when_the_volume_is_closed()
    {
        var file = volume.CreateClosed("file");
        Thread.Sleep(20);
        Open(file);
        var seen = volume.AccessedNs(file);
        volume.Close();
        Assert.Equal(seen, volume.Record(file).AccessedNs);
    }

    [Fact]
    public void A_time_that_is_set_wins_over_what_was_pending()
    {
        var file = volume.CreateClosed("file");
        Thread.Sleep(20);
        Open(file);
        var wanted = new SetAttributesIn { Valid = SetAttributesValid.AccessTime, AccessSeconds = 1000 };
        Assert.Equal(Errno.None, volume.Serve(Opcode.SetAttributes, file, wanted).Error);
        Assert.Equal(FileTime.From(1000, 0), volume.AccessedNs(file));
        Sync();
        Assert.Equal(FileTime.From(1000, 0), volume.AccessedNs(file));
    }

    [Fact]
    public void Another_change_takes_it_along()
    {
        var file = volume.CreateClosed("file");
        Thread.Sleep(20);
        Open(file);
        var seen = volume.AccessedNs(file);
        volume.SetMode(file, 0x180);
        Assert.Equal(seen, volume.Record(file).AccessedNs);
    }

    [Fact]
    public void A_file_that_goes_takes_it_along()
    {
        var file = volume.CreateClosed("file");
        Thread.Sleep(20);
        Open(file);
        volume.Release(file);
        volume.Unlink("file");
        volume.Forget(file);
        volume.CollectGarbage();
        Sync();
        Assert.False(volume.Has(Keys.Inode(file)));
        Assert.Empty(volume.Check().Problems);
    }

    [Fact]
    public void Where_too_many_wait_one_commits_by_itself()
    {
        var file = volume.CreateClosed("file");
        var times = volume.Volume.AccessTimes;
        var commits = volume.Metadata.Statistics.Commits;
        volume.Run(async ReactorTask<int> () =>
        {
            // Of inodes that are gone: a flush drops them.
            for (var i = 1UL; i <= PendingAccessTimes.Maximum; i++) Assert.Equal(Errno.None, await times.Record(volume.Connection, NoInode + i, Late));
            Assert.Equal(commits, volume.Metadata.Statistics.Commits);
            Assert.Equal(Errno.None, await times.Record(volume.Connection, file, Late));
            return 0;
        });
        Assert.Equal(commits + 1, volume.Metadata.Statistics.Commits);
        Assert.Equal(Late, volume.Record(file).AccessedNs);
        Sync();
        Assert.Equal(Errno.None, volume.Run(() => times.Record(volume.Connection, file, Late + 1)));
        Assert.Equal(commits + 1, volume.Metadata.Statistics.Commits);
        Assert.Equal(Late + 1, volume.AccessedNs(file));
    }

    // One that was put back uncounted, behind whoever took it out, would be overlooked for ever.
    [Fact]
    public void One_that_is_taken_out_while_it_is_recorded_again_is_not_overlooked()
    {
        const int Rounds = 1_000_000;
        var times = volume.Volume.AccessTimes;
        using var begin = new Barrier(2);
        var taking = true;
        var taker = new Thread(() =>
        {
            begin.SignalAndWait();
            while (Volatile.Read(ref taking)) times.Drop(NoInode);
        });
        taker.Start();
        volume.Run(async ReactorTask<int> () =>
        {
            begin.SignalAndWait();
            for (var i = 0; i < Rounds; i++) await times.Record(volume.Connection, NoInode, i);
            Volatile.Write(ref taking, false);
            taker.Join();
            await times.Record(volume.Connection, NoInode, Late);
            var record = default(InodeRecord);
            times.Merge(NoInode, ref record);
            Assert.Equal(Late, record.AccessedNs);
            return 0;
        });
    }

    private void Open(ulong file) => Assert.Equal(Errno.None, volume.Serve(Opcode.Open, file, default(OpenIn)).Error);

    private void Sync() => Assert.Equal(Errno.None, volume.Run(volume.Volume.Sync));
}

using System.Buffers.Binary;
using ByteFuse.Data.Stores.LocalFiles;
using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Reactor;
using ByteFuse.Testing;
using Xunit;

namespace ByteFuse.FileSystem.Tests;

/// <summary>Bytes whose inode a power cut took back go when the volume is opened next, and no others.</summary>
public sealed class StraySweepTests : IDisposable
{
    /// <summary>Numbers that a reactor takes at a time.</summary>
    private const int Range = 4096;
    private const ulong First = VolumeRecord.FirstInode;

    private readonly Scratch scratch = new(Directory.Exists("/dev/shm") ? "/dev/shm" : null);
    private readonly ReactorSet reactors = new(new ReactorOptions { MaximumReactors = 1, Pin = false });
    private readonly NativeMemoryBlock bytes = NativeMemoryBlock.Allocate(4096);
    private readonly LocalFileStore files;
    private PowerCutStore metadata = new();
    private WatchedDataStore store = null!;
    private Volume volume = null!;

    public StraySweepTests()
    {
        files = LocalFileStore.Open(Directory.CreateDirectory(scratch["data"]).FullName);
        Assert.Equal(Errno.None, Run(() => Volume.Format(metadata, 1, 2, 3)));
        Open();
    }

    public void Dispose()
    {
        Stop();
        files.Dispose();
        metadata.Dispose();
        reactors.Dispose();
        bytes.Dispose();
        scratch.Dispose();
    }

    [Fact]
    public void Bytes_of_creations_that_a_power_cut_took_back_go_and_no_others()
    {
        var (kept, orphan, purged) = (Create(), Create(), Create());
        Sync();
        ulong[] lost = [Create(), Create(), Create(committed: false)];
        CutPower();
        // Before the sweep begins: what this session unlinks and holds, and what it has purged.
        Open(commit =>
        {
            commit.PutOrphan(volume, orphan);
            commit.Delete(Keys.Inode(purged));
            commit.Put(Keys.Garbage(purged), default);
        });
        Settle();
        Assert.True(HasBytes(kept) && HasBytes(orphan));
        Assert.Equal([purged, .. lost], store.Removals.Select(removal => removal.DataId));
        Assert.All(lost, number => Assert.False(HasBytes(number)));
        // Else another power cut brought the purged inode back, and it had lost its bytes.
        Assert.All(store.Removals, removal => Assert.True(removal.Durable));
        // Else it brought back files that nobody looks for.
        Assert.Equal([0ul], store.SweptAtSync);
        Assert.Equal(First + Range, Numbers().Swept);
    }

    [Fact]
    public void Numbers_of_the_session_itself_are_not_looked_at()
    {
        ulong last;
        do last = Create(committed: false, hasBytes: false);
        while (last < First + Range - 1);
        Store(last);
        CutPower();
        Open();
        // In the same listing as the last of those before.
        var own = Create(committed: false);
        Assert.Equal(last + 1, own);
        Settle();
        Assert.False(HasBytes(last));
        Assert.True(HasBytes(own));
        Assert.Equal([last], store.Removals.Select(removal => removal.DataId));
    }

    [Fact]
    public void Only_sessions_that_crashed_are_swept()
    {
        Create();
        Close();
        Assert.Empty(store.Listed);
        Open();
        Assert.False(volume.Strays.IsBusy);
        // Nobody was handed a number.
        CutPower();
        Open();
        Assert.False(volume.Strays.IsBusy);
        Assert.Empty(store.Listed);
        Assert.Equal(0, metadata.InodeScans);
        var (kept, lost) = (Create(), 0ul);
        Sync();
        lost = Create();
        CutPower();
        Open();
        Settle();
        Assert.Equal(Listings(First + Range, First + (2 * Range)), store.Listed);
        Assert.Equal(1, metadata.InodeScans);
        Assert.True(HasBytes(kept));
        Assert.False(HasBytes(lost));
        Close();
        Open();
        Assert.False(volume.Strays.IsBusy);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_sweep_that_did_not_end_is_ended_by_the_next_session(bool crash)
    {
        var early = Create(committed: false);
        while (Numbers().Next < First + (3 * Range)) Create(committed: false, hasBytes: false);
        var late = Create(committed: false);
        CutPower();
        Open();
        Run(async ReactorTask<int> () =>
        {
            while (store.Listed.Count == 0) await CoreReactor.Current.Delay(TimeSpan.FromMilliseconds(1));
            return 0;
        });
        Run(volume.Strays.Stop);
        var listed = store.Listed;
        Assert.InRange(listed.Count, 1, 3 * Range / 64);
        Assert.False(HasBytes(early));
        Assert.True(HasBytes(late));
        if (crash) CutPower();
        else Close();
        Open();
        Settle();
        Assert.Equal(Listings(crash ? First : listed[^1] + 64, First + (3 * Range)), store.Listed);
        Assert.False(HasBytes(late));
        Assert.Equal(Numbers().Next, Numbers().Swept);
    }

    [Theory]
    [InlineData("inodes")]
    [InlineData("sync")]
    [InlineData("listing")]
    [InlineData("removal")]
    public void Nothing_goes_on_an_error_and_the_next_session_tries_again(string failing)
    {
        var kept = Create();
        Sync();
        var lost = Create();
        CutPower();
        Open();
        if (failing == "inodes") metadata.InodeScanFailure = Errno.EIO;
        if (failing == "sync") metadata.SyncFailure = Errno.EIO;
        if (failing == "listing") store.ListFailure = Errno.EIO;
        if (failing == "removal") store.Refusal = Errno.EIO;
        Settle();
        Assert.Equal(failing == "removal" ? [lost] : [], store.Removals.Select(removal => removal.DataId));
        metadata.InodeScanFailure = metadata.SyncFailure = Errno.None;
        Close();
        Assert.True(HasBytes(kept) && HasBytes(lost));
        Open();
        Settle();
        Assert.True(HasBytes(kept));
        Assert.False(HasBytes(lost));
    }

    [Fact]
    public void A_volume_that_was_never_swept_is_swept_once()
    {
        var (kept, lost) = (Create(), Create(committed: false));
        Close();
        // As versions wrote it that knew nothing of it.
        var next = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(next, Numbers().Next);
        Commit(commit => commit.Put(Keys.InodeAllocator, next));
        Open();
        Settle();
        Assert.True(HasBytes(kept));
        Assert.False(HasBytes(lost));
        Assert.True(Create() >= First + Range);
        Close();
        Open();
        Assert.False(volume.Strays.IsBusy);
    }

    private T Run<T>(Func<ReactorTask<T>> operation) => reactors.RunOn(0, operation);

    private void Open(Action<MetadataCommit>? change = null)
    {
        store = new WatchedDataStore(metadata, files);
        Run(async ReactorTask<int> () =>
        {
            var opening = await Volume.Open(metadata, store);
            Assert.Null(opening.Problem);
            volume = opening.Volume!;
            if (change is null) return 0;
            using var commit = MetadataCommit.Rent();
            change(commit);
            Assert.True((await metadata.Commit(commit)).Committed);
            return 0;
        });
    }

    private void Close() => Assert.Equal(Errno.None, Run(volume.Close));

    private void CutPower()
    {
        var before = metadata;
        metadata = Run(before.Cut);
        Stop();
        before.Dispose();
    }

    /// <summary>What the session had planned for later must not happen in the next one.</summary>
    private void Stop()
    {
        Run(volume.Strays.Stop);
        Run(volume.Garbage.Stop);
    }

    private void Settle() => Run(volume.Strays.Settle);

    private void Sync() => Assert.Equal(Errno.None, Run(metadata.Sync));

    /// <summary>What CREATE and WRITE leave in the stores.</summary>
    private ulong Create(bool committed = true, bool hasBytes = true)
    {
        var allocated = Run(volume.Inodes.Allocate);
        Assert.Equal(Errno.None, allocated.Error);
        var number = allocated.Inode;
        if (committed) Commit(commit => commit.PutInode(number, new InodeRecord { Mode = FileMode.Regular, LinkCount = 1, DataId = number }));
        if (hasBytes) Store(number);
        return number;
    }

    private void Store(ulong number) => Assert.Equal(bytes.Slice.Length, Run(() => files.Write(number, 0, bytes.Slice)).Value);

    private void Commit(Action<MetadataCommit> change) => Run(async ReactorTask<int> () =>
    {
        using var commit = MetadataCommit.Rent();
        change(commit);
        Assert.True((await metadata.Commit(commit)).Committed);
        return 0;
    });

    private NumberCounters Numbers() => Run(async ReactorTask<NumberCounters> () =>
    {
        using var read = MetadataRead.Rent();
        read.Add(Keys.InodeAllocator);
        Assert.Equal(Errno.None, await metadata.Get(read));
        Assert.True(NumberCounters.TryRead(read.Value(0), out var numbers));
        return numbers;
    });

    private bool HasBytes(ulong number) => File.Exists(files.PathOf(number));

    /// <summary>The listings that cover numbers.</summary>
    private static List<ulong> Listings(ulong from, ulong end)
    {
        var listings = new List<ulong>();
        for (var first = from & ~63ul; first < end; first += 64) listings.Add(first);
        return listings;
    }
}

using ByteFuse.Linux;
using ByteFuse.Protocol;
using Xunit;

namespace ByteFuse.FileSystem.Tests;

/// <summary>A daemon that keeps locks dies: its successor has them.</summary>
public sealed class TakeOverLocksTests : IDisposable
{
    private const int Owners = 4;
    private const ulong File = 17;

    private readonly VolumeFixture volume = new(locks: LockKeeper.Daemon);

    private LockTable Table => volume.Volume.Locks;

    public void Dispose() => volume.Dispose();

    [Fact]
    public void A_successor_has_what_was_held()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var model = new LocksByteModel(Owners);
        for (var step = 0; step < 4000; step++)
        {
            if (random.Next(60) == 0) volume.Restart(goesOn: true);
            var first = random.Next(LocksByteModel.Bytes);
            var last = Math.Min(LocksByteModel.Bytes - 1, first + random.Next(12));
            var (owner, type) = (random.Next(Owners), (LockType)random.Next(3));
            var conflicts = model.Conflicts(owner, type, first, last);
            var error = Table.Set(Ask((ulong)owner, type, (ulong)first, LocksByteModel.End(last)));
            Assert.True(error == (conflicts ? Errno.EAGAIN : Errno.None), $"step {step}: {error}");
            if (!conflicts) model.Set(owner, type, first, last);
            Assert.Equal(model.Runs().Count, Table.Count);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_change_that_was_cut_short_loses_nothing_and_is_made_when_it_comes_again(int made)
    {
        Assert.Equal(Errno.None, Table.Set(Ask(1, LockType.Write, 0, 99)));
        // Of an unlock in the middle: what it leaves is there, and what was has not been taken away.
        LockRequest[] pieces = [Ask(1, LockType.Write, 0, 19), Ask(1, LockType.Write, 30, 99)];
        foreach (var piece in pieces[..made]) volume.Connection.Memory!.Locks!.Add(piece);
        volume.Restart(goesOn: true);
        Assert.Equal((LockType.Write, 0ul, 99ul), Found(0, 99));
        Assert.Equal(1, Table.Count);
        Assert.Equal(Errno.None, Table.Set(Ask(1, LockType.Unlock, 20, 29)));
        volume.Restart(goesOn: true);
        Assert.Equal(2, Table.Count);
        Assert.Equal(LockType.Unlock, Found(20, 29).Type);
        Assert.Equal((LockType.Write, 0ul, 19ul), Found(0, 29));
        Assert.Equal((LockType.Write, 30ul, 99ul), Found(20, 99));
    }

    [Fact]
    public void Both_kinds_and_their_handles_are_told_apart_behind_a_death()
    {
        Table.Set(Ask(1, LockType.Write, 0, LockRequest.LastByte) with { IsFlock = true, Handle = 71 });
        Table.Set(Ask(2, LockType.Read, 5, 9) with { Handle = 72 });
        volume.Restart(goesOn: true);
        Assert.Equal(Errno.EAGAIN, Table.Set(Ask(3, LockType.Read, 0, LockRequest.LastByte) with { IsFlock = true }));
        Assert.Equal((LockType.Read, 5ul, 9ul), Found(0, 20));
        Table.ReleaseHandle(File, volume.Connection, 71);
        Assert.Equal(Errno.None, Table.Set(Ask(3, LockType.Read, 0, LockRequest.LastByte) with { IsFlock = true }));
        Table.ReleaseHandle(File, volume.Connection, 72);
        volume.Restart(goesOn: true);
        Assert.Equal(1, Table.Count);
        Table.ReleaseConnection(volume.Connection);
        volume.Restart(goesOn: true);
        Assert.Equal(0, Table.Count);
    }

    // Whose it is does not matter to who asks for what is in the way.
    private (LockType Type, ulong Start, ulong End) Found(ulong start, ulong end)
    {
        var found = Table.Find(Ask(9, LockType.Write, start, end));
        return (found.Type, found.Start, found.End);
    }

    private LockRequest Ask(ulong owner, LockType type, ulong start, ulong end) =>
        new(new LockOwner(volume.Connection, owner), start, end, type, owner, (uint)owner, File, IsFlock: false);
}

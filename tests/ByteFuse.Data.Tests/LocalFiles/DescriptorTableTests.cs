using ByteFuse.Data.Stores.LocalFiles;

namespace ByteFuse.Data.Tests.LocalFiles;

/// <summary>The table's races, one step at a time.</summary>
public sealed class DescriptorTableTests
{
    private readonly DescriptorTable table = new(2);

    [Fact]
    public void SecondOpenerGetsTheFirstOnesFile()
    {
        var first = table.Publish(1, 10, table.Removals(1), 1, out var surplus);
        Assert.Equal(-1, surplus);
        var second = table.Publish(1, 11, table.Removals(1), 5, out surplus);
        Assert.Same(first, second);
        Assert.Equal(11, surplus);
        Assert.Equal(5, first.NameSequence);
        Assert.False(first.Drop());
        Assert.False(second.Drop());
    }

    [Fact]
    public void WhatWasOpenedBeforeADeletionIsOfferedToNobody()
    {
        var removals = table.Removals(1);
        Assert.Null(table.Remove(1));
        var stale = table.Publish(1, 10, removals, 1, out var surplus);
        Assert.Equal(-1, surplus);
        Assert.False(table.TryAcquire(1, out _));
        Assert.True(stale.Drop());
    }

    [Fact]
    public void DeletedFileIsClosedByItsLastUser()
    {
        var used = table.Publish(1, 10, table.Removals(1), 1, out _);
        Assert.True(table.TryAcquire(1, out var again));
        Assert.Same(used, table.Remove(1));
        Assert.False(table.TryAcquire(1, out _));
        Assert.False(used.Drop()); // the table's
        Assert.False(used.Drop());
        Assert.True(again.Drop());
    }

    [Fact]
    public void FilesInUseAreNotEvicted()
    {
        var one = table.Publish(1, 10, table.Removals(1), 1, out _);
        var two = table.Publish(2, 20, table.Removals(2), 1, out _);
        var beyond = table.Publish(3, 30, table.Removals(3), 1, out var surplus);
        Assert.Equal(-1, surplus);
        Assert.False(table.TryAcquire(3, out _));
        Assert.True(beyond.Drop());
        Assert.False(two.Drop());
        table.Publish(4, 40, table.Removals(4), 1, out surplus);
        Assert.Equal(20, surplus);
        Assert.True(table.TryAcquire(1, out var still));
        Assert.Same(one, still);
        Assert.Equal((1L, 2), (table.Statistics.Evictions, table.Statistics.OpenFiles));
    }

    [Fact]
    public void FileThatWasUsedAgainOutlivesOneThatWasNot()
    {
        table.Publish(1, 10, table.Removals(1), 1, out _).Drop();
        table.Publish(2, 20, table.Removals(2), 1, out _).Drop();
        table.TryAcquire(1, out var used);
        used!.Drop();
        table.Publish(3, 30, table.Removals(3), 1, out var surplus).Drop();
        Assert.Equal(20, surplus);
        table.TryAcquire(1, out used);
        used!.Drop();
        table.TryAcquire(3, out used);
        used!.Drop();
        table.Forget(1);
        table.Publish(4, 40, table.Removals(4), 1, out surplus).Drop();
        Assert.Equal(10, surplus);
    }

    [Fact]
    public void FolderIsSyncedForEachNewNameAndOnceForThoseBefore()
    {
        var durability = new FolderDurability();
        var before = durability.LatestCreation(5);
        Assert.True(durability.NeedsSync(5, before));
        durability.EndSync(5, durability.BeginSync(5));
        Assert.False(durability.NeedsSync(5, before));
        durability.BeginCreate(5);
        // Seen by another reactor while its maker has not heard of it yet.
        var seen = durability.LatestCreation(5);
        var syncing = durability.BeginSync(5);
        var made = durability.EndCreate(5);
        durability.EndSync(5, syncing);
        Assert.True(durability.NeedsSync(5, seen));
        Assert.True(durability.NeedsSync(5, made));
        durability.EndSync(5, durability.BeginSync(5));
        Assert.False(durability.NeedsSync(5, seen));
        Assert.False(durability.NeedsSync(5, made));
        Assert.True(durability.NeedsSync(6, durability.LatestCreation(6)));
    }

    [Fact]
    public void ListingCrossedByAChangeIsNotKept()
    {
        var presence = new PresenceMap();
        var changes = presence.Changes(70);
        presence.SetPresent(70);
        presence.Learn(70, 0, changes);
        Assert.Equal(Presence.Unknown, presence.Find(70));
        presence.Learn(70, FolderLayout.GroupBit(70), presence.Changes(70));
        Assert.Equal(Presence.Present, presence.Find(70));
        Assert.Equal(Presence.Absent, presence.Find(71));
        presence.SetPresent(71);
        presence.SetAbsent(70);
        Assert.Equal((Presence.Absent, Presence.Present), (presence.Find(70), presence.Find(71)));
    }

    [Fact]
    public void KnownGroupsAreBounded()
    {
        var presence = new PresenceMap();
        const int more = PresenceMap.MaximumGroups * 2;
        for (var group = 0UL; group < more; group++) presence.Learn(group << FolderLayout.GroupBits, 0, presence.Changes(group << 6));
        var known = 0;
        for (var group = 0UL; group < more; group++)
            if (presence.Find(group << FolderLayout.GroupBits) != Presence.Unknown) known++;
        Assert.InRange(known, 1, PresenceMap.MaximumGroups);
        Assert.Equal(Presence.Absent, presence.Find((more - 1UL) << FolderLayout.GroupBits));
    }
}

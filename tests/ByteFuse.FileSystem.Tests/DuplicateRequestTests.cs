using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using Xunit;
using RenameFlags = ByteFuse.Protocol.RenameFlags;

namespace ByteFuse.FileSystem.Tests;

/// <summary>Requests that the kernel sends again (rule 6): what was executed is answered from its record, and only that.</summary>
public sealed class DuplicateRequestTests : IDisposable
{
    private const ulong Root = VolumeOperations.Root;
    private const ulong Number = 500;
    private const ulong Again = Number | InHeader.ResentBit;

    private readonly VolumeFixture volume = new();

    /// <summary>Serves the request under a number and in a slot.</summary>
    private delegate Answer Ask(ulong number, uint slot);

    public void Dispose() => volume.Dispose();

    [Theory]
    [InlineData(Opcode.Create)]
    [InlineData(Opcode.Unlink)]
    [InlineData(Opcode.Rename2)]
    [InlineData(Opcode.Mkdir)]
    [InlineData(Opcode.Rmdir)]
    [InlineData(Opcode.Link)]
    [InlineData(Opcode.SetAttributes)]
    [InlineData(Opcode.SetXattr)]
    public void What_was_executed_is_answered_again_and_not_executed_again(Opcode opcode)
    {
        var (ask, undo) = Prepare(opcode);
        var first = ask(Number, 3);
        Assert.Equal(Errno.None, first.Error);
        // Somebody undoes it: executed a second time, the request would succeed and show.
        undo();
        AssertAnsweredOnly(first, ask, slot: 5);
        AssertAnsweredOnly(first, ask, slot: 3);
    }

    [Theory]
    [InlineData(Opcode.Create)]
    [InlineData(Opcode.Unlink)]
    [InlineData(Opcode.Rename2)]
    [InlineData(Opcode.Mkdir)]
    [InlineData(Opcode.Link)]
    [InlineData(Opcode.SetAttributes)]
    public void What_comes_again_but_was_never_executed_is_executed_once(Opcode opcode)
    {
        var (ask, undo) = Prepare(opcode);
        var before = volume.Snapshot();
        var first = ask(Again, 3);
        Assert.Equal(Errno.None, first.Error);
        Assert.NotEqual(before, volume.Snapshot());
        undo();
        AssertAnsweredOnly(first, ask, slot: 5);
    }

    [Fact]
    public void An_exchange_is_not_undone_by_coming_again()
    {
        var (one, two) = (volume.CreateClosed("one"), volume.CreateClosed("two"));
        volume.Rename("one", "two", Root, RenameFlags.Exchange, Number, 3);
        var exchanged = volume.Snapshot();
        volume.Rename("one", "two", Root, RenameFlags.Exchange, Again, 5);
        Assert.Equal(exchanged, volume.Snapshot());
        Assert.Equal((two, one), (Lookup("one"), Lookup("two")));
    }

    [Fact]
    public void A_record_is_found_among_those_of_many_slots_and_only_for_its_own_number_and_opcode()
    {
        const uint slots = 200;
        for (var slot = 0u; slot < slots; slot++) volume.MakeDirectory($"d{slot}", number: Number + 2 * slot, slot: slot);
        Assert.Equal((int)slots, volume.Snapshot(Keys.DuplicateRequests(volume.Connection.Id)).Count);
        var before = volume.Snapshot();
        // The numbers decide: under that of the last slot, any MKDIR gets its reply.
        var last = Number + 2 * (slots - 1);
        Assert.Equal(Lookup($"d{slots - 1}"), volume.MakeDirectory("other", number: last | InHeader.ResentBit, slot: 0));
        Assert.Equal(before, volume.Snapshot());
        volume.Create("file", Root, last | InHeader.ResentBit, 0);
        Assert.NotEqual(0ul, Lookup("file"));
    }

    [Fact]
    public void A_record_is_replaced_by_the_next_change_in_its_slot()
    {
        volume.MakeDirectory("one", number: Number, slot: 7);
        volume.MakeDirectory("two", number: Number + 2, slot: 7);
        Assert.Single(volume.Snapshot(Keys.DuplicateRequests(volume.Connection.Id)));
    }

    [Fact]
    public void A_restarted_daemon_answers_from_the_record()
    {
        var (ask, _) = Prepare(Opcode.Create);
        var first = ask(Number, 3);
        volume.Restart(goesOn: true);
        AssertAnsweredOnly(first, ask, slot: 5);
    }

    [Fact]
    public void Closing_a_connection_removes_its_records_and_no_others()
    {
        for (var slot = 0u; slot < 150; slot++) volume.MakeDirectory($"one{slot}", slot: slot);
        var other = new Connection(volume.Volume, new MountOptions(), volume.Connection.Id + 1);
        volume.Commit(commit => commit.Put(Keys.DuplicateRequest(other.Id, 0), "record"u8));
        Assert.Equal(150, volume.Snapshot(Keys.DuplicateRequests(volume.Connection.Id)).Count);
        Assert.Equal(Errno.None, volume.Run(volume.Connection.Close));
        Assert.Empty(volume.Snapshot(Keys.DuplicateRequests(volume.Connection.Id)));
        Assert.Single(volume.Snapshot(Keys.AllDuplicateRequests));
        Assert.Equal(Errno.None, volume.Run(other.Close));
        Assert.Empty(volume.Snapshot(Keys.AllDuplicateRequests));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Opening_a_volume_removes_the_records_of_killed_daemons_but_not_of_a_connection_that_goes_on(bool goesOn)
    {
        for (var slot = 0u; slot < 150; slot++) volume.MakeDirectory($"one{slot}", slot: slot);
        var first = volume.Connection.Id;
        // Before and behind it in the order of keys.
        foreach (var other in (UInt128[])[0, first - 1, first + 1, UInt128.MaxValue])
            volume.Commit(commit => commit.Put(Keys.DuplicateRequest(other, 7), "record"u8));
        volume.Restart(goesOn);
        Assert.Equal(goesOn ? 150 : 0, volume.Snapshot(Keys.DuplicateRequests(first)).Count);
        Assert.Equal(goesOn ? 150 : 0, volume.Snapshot(Keys.AllDuplicateRequests).Count);
    }

    private void AssertAnsweredOnly(Answer first, Ask ask, uint slot)
    {
        var before = (volume.Volume.OpenFileCount, volume.Volume.OrphanCount);
        var state = volume.Snapshot();
        var second = ask(Again, slot);
        Assert.Equal((Errno.None, Convert.ToHexString(first.Body)), (second.Error, Convert.ToHexString(second.Body)));
        Assert.Equal(state, volume.Snapshot());
        Assert.Equal(before, (volume.Volume.OpenFileCount, volume.Volume.OrphanCount));
    }

    private (Ask Ask, Action Undo) Prepare(Opcode opcode)
    {
        var file = volume.CreateClosed("file");
        var folder = volume.MakeDirectory("folder");
        Assert.Equal(file, Lookup("file"));
        return opcode switch
        {
            Opcode.Create => ((number, slot) => volume.Create("new", Root, number, slot), () => volume.Unlink("new")),
            Opcode.Unlink => ((number, slot) => volume.Unlink("file", Root, number, slot), () => volume.CreateClosed("file")),
            Opcode.Rename2 => ((number, slot) => volume.Rename("file", "moved", Root, RenameFlags.None, number, slot), () => volume.Rename("moved", "file")),
            Opcode.Mkdir => (
                (number, slot) => volume.Serve(Opcode.Mkdir, folder, new MkdirIn { Mode = 0x1ED }, VolumeOperations.Name("new"), number, slot),
                () => volume.RemoveDirectory("new", folder)),
            Opcode.Rmdir => ((number, slot) => volume.RemoveDirectory("folder", Root, number, slot), () => volume.MakeDirectory("folder")),
            Opcode.Link => ((number, slot) => volume.Link(file, "linked", number, slot), () => volume.Unlink("linked")),
            Opcode.SetAttributes => ((number, slot) => volume.SetMode(file, 0x180, number, slot), () => volume.SetMode(file, 0x1FF)),
            _ => ((number, slot) => volume.SetXattr(file, "user.a", "one", number, slot), () => volume.SetXattr(file, "user.a", "two")),
        };
    }

    private ulong Lookup(string name) => volume.Serve(Opcode.Lookup, Root, 0, VolumeOperations.Name(name)).Inode();
}

using Xunit;

namespace ByteFuse.Protocol.Tests;

public class OpcodeTableTests
{
    [Fact]
    public void Every_opcode_is_known_by_a_name_of_its_own()
    {
        var names = new HashSet<string>();
        foreach (var opcode in Enum.GetValues<Opcode>())
        {
            ref readonly var info = ref OpcodeTable.Get(opcode);
            Assert.True(info.IsKnown, $"{opcode} is not in the table");
            Assert.True(names.Add(info.Name), $"{info.Name} is used twice");
            Assert.True((int)opcode < OpcodeTable.Count);
        }
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(7u)]
    [InlineData(19u)]
    [InlineData(54u)]
    [InlineData(4096u)]
    [InlineData(0x1A000000u)]
    [InlineData(uint.MaxValue)]
    public void Other_numbers_are_unknown_and_answered(uint number)
    {
        ref readonly var info = ref OpcodeTable.Get((Opcode)number);
        Assert.False(info.IsKnown);
        Assert.True(info.HasReply);
        Assert.False(info.Mutates);
        Assert.Equal(0, info.FixedLength);
    }

    [Fact]
    public void Only_forgets_interrupts_and_notify_replies_are_not_answered()
    {
        var silent = Enum.GetValues<Opcode>().Where(opcode => !OpcodeTable.Get(opcode).HasReply);
        Assert.Equal([Opcode.Forget, Opcode.Interrupt, Opcode.NotifyReply, Opcode.BatchForget], silent);
    }

    [Fact]
    public void Mutating_opcodes_are_exactly_those_that_change_the_tree_or_data()
    {
        Opcode[] expected =
        [
            Opcode.SetAttributes, Opcode.Symlink, Opcode.Mknod, Opcode.Mkdir, Opcode.Unlink, Opcode.Rmdir,
            Opcode.Rename, Opcode.Link, Opcode.Write, Opcode.SetXattr, Opcode.RemoveXattr, Opcode.Create,
            Opcode.Fallocate, Opcode.Rename2, Opcode.CopyFileRange, Opcode.TmpFile, Opcode.CopyFileRange64,
        ];
        Assert.Equal(expected, Enum.GetValues<Opcode>().Where(opcode => OpcodeTable.Get(opcode).Mutates));
    }

    [Theory]
    [InlineData(Opcode.Lookup, 0)]
    [InlineData(Opcode.Symlink, 0)]
    [InlineData(Opcode.RemoveXattr, 0)]
    [InlineData(Opcode.ReadLink, 0)]
    [InlineData(Opcode.Statfs, 0)]
    [InlineData(Opcode.SetXattr, 16)]
    [InlineData(Opcode.ListXattr, 8)]
    [InlineData(Opcode.Create, 16)]
    [InlineData(Opcode.TmpFile, 16)]
    [InlineData(Opcode.Write, 40)]
    [InlineData(Opcode.ReadDirectoryPlus, 40)]
    [InlineData(Opcode.FsyncDirectory, 16)]
    [InlineData(Opcode.CopyFileRange64, 56)]
    [InlineData(Opcode.Statx, 24)]
    [InlineData(Opcode.NotifyReply, 40)]
    public void Fixed_arguments_have_the_length_the_kernel_sends(Opcode opcode, int length)
    {
        Assert.Equal(length, OpcodeTable.Get(opcode).FixedLength);
        Assert.Equal(length, OpcodeTable.Get(opcode).MinimumFixedLength);
    }

    [Fact]
    public void Fixed_arguments_fit_the_io_uring_header()
    {
        foreach (var opcode in Enum.GetValues<Opcode>())
            Assert.True(OpcodeTable.Get(opcode).FixedLength <= UringHeaderLayout.FixedArgumentsLength);
    }
}

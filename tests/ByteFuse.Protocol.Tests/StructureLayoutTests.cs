using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Xunit;

namespace ByteFuse.Protocol.Tests;

/// <summary>Sizes and offsets as a C compiler sees them in include/uapi/linux/fuse.h, 7.45.</summary>
public class StructureLayoutTests
{
    [Fact]
    public void Requests_have_the_sizes_of_the_kernels_header()
    {
        AssertSize<InHeader>(40);
        AssertSize<GetAttributesIn>(16);
        AssertSize<SetAttributesIn>(88);
        AssertSize<StatxIn>(24);
        AssertSize<AccessIn>(8);
        AssertSize<MknodIn>(16);
        AssertSize<MkdirIn>(8);
        AssertSize<RenameIn>(8);
        AssertSize<Rename2In>(16);
        AssertSize<LinkIn>(8);
        AssertSize<OpenIn>(8);
        AssertSize<CreateIn>(16);
        AssertSize<ReadIn>(40);
        AssertSize<WriteIn>(40);
        AssertSize<ReleaseIn>(24);
        AssertSize<FlushIn>(24);
        AssertSize<FsyncIn>(16);
        AssertSize<LockIn>(48);
        AssertSize<FallocateIn>(32);
        AssertSize<SeekIn>(24);
        AssertSize<CopyFileRangeIn>(56);
        AssertSize<SetXattrIn>(16);
        AssertSize<GetXattrIn>(8);
        AssertSize<SyncFsIn>(8);
        AssertSize<InterruptIn>(8);
        AssertSize<ForgetIn>(8);
        AssertSize<BatchForgetIn>(8);
        AssertSize<ForgetOne>(16);
        AssertSize<InitIn>(64);
        AssertSize<BmapIn>(16);
        AssertSize<IoctlIn>(32);
        AssertSize<PollIn>(24);
        AssertSize<SetupMappingIn>(40);
        AssertSize<RemoveMappingIn>(4);
        AssertSize<NotifyRetrieveIn>(40);
        AssertSize<ExtensionHeader>(8);
        AssertSize<SecurityContextHeader>(8);
    }

    [Fact]
    public void Replies_have_the_sizes_of_the_kernels_header()
    {
        AssertSize<OutHeader>(16);
        AssertSize<Attributes>(88);
        AssertSize<AttributesOut>(104);
        AssertSize<EntryOut>(128);
        AssertSize<OpenOut>(16);
        AssertSize<WriteOut>(8);
        AssertSize<StatfsOut>(80);
        AssertSize<FileLock>(24);
        AssertSize<LockOut>(24);
        AssertSize<SeekOut>(8);
        AssertSize<CopyFileRangeOut>(8);
        AssertSize<StatxTime>(16);
        AssertSize<Statx>(256);
        AssertSize<StatxOut>(288);
        AssertSize<GetXattrOut>(8);
        AssertSize<InitOut>(64);
        AssertSize<Dirent>(24);
        AssertSize<IoctlOut>(16);
    }

    [Fact]
    public void Notifications_and_device_structs_have_the_sizes_of_the_kernels_header()
    {
        AssertSize<NotifyInvalidateInode>(24);
        AssertSize<NotifyInvalidateEntry>(16);
        AssertSize<NotifyDelete>(24);
        AssertSize<NotifyStore>(24);
        AssertSize<NotifyRetrieve>(32);
        AssertSize<NotifyPrune>(16);
        AssertSize<NotifyPoll>(8);
        AssertSize<UringEntry>(32);
        AssertSize<UringCommandRequest>(24);
        AssertSize<BackingMap>(16);
        Assert.Equal(UringHeaderLayout.Length, UringHeaderLayout.EntryOffset + Unsafe.SizeOf<UringEntry>());
    }

    [Fact]
    public void Header_fields_lie_where_the_kernel_puts_them()
    {
        AssertOffset<InHeader>(nameof(InHeader.Opcode), 4);
        AssertOffset<InHeader>(nameof(InHeader.Unique), 8);
        AssertOffset<InHeader>(nameof(InHeader.NodeId), 16);
        AssertOffset<InHeader>(nameof(InHeader.UserId), 24);
        AssertOffset<InHeader>(nameof(InHeader.GroupId), 28);
        AssertOffset<InHeader>(nameof(InHeader.ProcessId), 32);
        AssertOffset<InHeader>(nameof(InHeader.ExtensionUnits), 36);
        AssertOffset<OutHeader>(nameof(OutHeader.Error), 4);
        AssertOffset<OutHeader>(nameof(OutHeader.Unique), 8);
    }

    [Fact]
    public void Attribute_fields_lie_where_the_kernel_puts_them()
    {
        AssertOffset<Attributes>(nameof(Attributes.Blocks), 16);
        AssertOffset<Attributes>(nameof(Attributes.ModifySeconds), 32);
        AssertOffset<Attributes>(nameof(Attributes.ChangeNanoseconds), 56);
        AssertOffset<Attributes>(nameof(Attributes.Mode), 60);
        AssertOffset<Attributes>(nameof(Attributes.Device), 76);
        AssertOffset<Attributes>(nameof(Attributes.BlockSize), 80);
        AssertOffset<Attributes>(nameof(Attributes.Flags), 84);
        AssertOffset<AttributesOut>(nameof(AttributesOut.Attributes), 16);
        AssertOffset<EntryOut>(nameof(EntryOut.EntryValidNanoseconds), 32);
        AssertOffset<EntryOut>(nameof(EntryOut.Attributes), 40);
        AssertOffset<SetAttributesIn>(nameof(SetAttributesIn.LockOwner), 24);
        AssertOffset<SetAttributesIn>(nameof(SetAttributesIn.ChangeNanoseconds), 64);
        AssertOffset<SetAttributesIn>(nameof(SetAttributesIn.Mode), 68);
        AssertOffset<SetAttributesIn>(nameof(SetAttributesIn.UserId), 76);
        AssertOffset<SetAttributesIn>(nameof(SetAttributesIn.GroupId), 80);
        AssertOffset<Statx>(nameof(Statx.Mode), 28);
        AssertOffset<Statx>(nameof(Statx.Inode), 32);
        AssertOffset<Statx>(nameof(Statx.Access), 64);
        AssertOffset<Statx>(nameof(Statx.Modify), 112);
        AssertOffset<Statx>(nameof(Statx.DeviceMajor), 128);
        AssertOffset<StatxOut>(nameof(StatxOut.Stat), 32);
    }

    [Fact]
    public void Argument_fields_lie_where_the_kernel_puts_them()
    {
        AssertOffset<CreateIn>(nameof(CreateIn.Umask), 8);
        AssertOffset<OpenOut>(nameof(OpenOut.Flags), 8);
        AssertOffset<OpenOut>(nameof(OpenOut.BackingId), 12);
        AssertOffset<ReadIn>(nameof(ReadIn.Flags), 32);
        AssertOffset<WriteIn>(nameof(WriteIn.LockOwner), 24);
        AssertOffset<WriteIn>(nameof(WriteIn.Flags), 32);
        AssertOffset<ReleaseIn>(nameof(ReleaseIn.LockOwner), 16);
        AssertOffset<FlushIn>(nameof(FlushIn.LockOwner), 16);
        AssertOffset<LockIn>(nameof(LockIn.Lock), 16);
        AssertOffset<LockIn>(nameof(LockIn.Flags), 40);
        AssertOffset<FileLock>(nameof(FileLock.Type), 16);
        AssertOffset<FallocateIn>(nameof(FallocateIn.Mode), 24);
        AssertOffset<SeekIn>(nameof(SeekIn.Whence), 16);
        AssertOffset<CopyFileRangeIn>(nameof(CopyFileRangeIn.Length), 40);
        AssertOffset<SetXattrIn>(nameof(SetXattrIn.SetXattrFlags), 8);
        AssertOffset<StatfsOut>(nameof(StatfsOut.NameLength), 44);
        AssertOffset<StatfsOut>(nameof(StatfsOut.FragmentSize), 48);
        AssertOffset<NotifyInvalidateEntry>(nameof(NotifyInvalidateEntry.Flags), 12);
        AssertOffset<UringEntry>(nameof(UringEntry.CommitId), 8);
        AssertOffset<UringEntry>(nameof(UringEntry.PayloadLength), 16);
    }

    [Fact]
    public void Init_fields_lie_where_the_kernel_puts_them()
    {
        AssertOffset<InitIn>(nameof(InitIn.FlagsHigh), 16);
        AssertOffset<InitOut>(nameof(InitOut.MaxBackground), 16);
        AssertOffset<InitOut>(nameof(InitOut.MaxWrite), 20);
        AssertOffset<InitOut>(nameof(InitOut.MaxPages), 28);
        AssertOffset<InitOut>(nameof(InitOut.FlagsHigh), 32);
        AssertOffset<InitOut>(nameof(InitOut.MaxStackDepth), 36);
        AssertOffset<InitOut>(nameof(InitOut.RequestTimeout), 40);
    }

    private static void AssertSize<T>(int expected)
        where T : unmanaged =>
        Assert.True(Unsafe.SizeOf<T>() == expected, $"{typeof(T).Name} has {Unsafe.SizeOf<T>()} bytes, not {expected}");

    private static void AssertOffset<T>(string field, int expected)
        where T : unmanaged
    {
        var offset = (int)Marshal.OffsetOf<T>(field);
        Assert.True(offset == expected, $"{typeof(T).Name}.{field} lies at {offset}, not {expected}");
    }
}

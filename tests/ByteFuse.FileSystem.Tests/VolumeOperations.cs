using System.Runtime.InteropServices;
using System.Text;
using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using Xunit;
using RenameFlags = ByteFuse.Protocol.RenameFlags;

namespace ByteFuse.FileSystem.Tests;

/// <summary>What a kernel asks for on behalf of applications; each fails the test where the volume refuses it.</summary>
internal static class VolumeOperations
{
    public const ulong Root = ProtocolLimits.RootNodeId;
    private const uint ReadWrite = 2;

    /// <summary>A name as it stands in a request.</summary>
    public static byte[] Name(string name) => Encoding.UTF8.GetBytes(name + "\0");

    /// <summary>The key of a name.</summary>
    public static MetadataKey Dentry(this VolumeFixture volume, ulong directory, string name)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        return Keys.Dentry(directory, volume.Volume.Cookies.Of(bytes), bytes);
    }

    /// <summary>The record of an inode.</summary>
    public static InodeRecord Record(this VolumeFixture volume, ulong inode)
    {
        Assert.True(InodeRecord.TryRead(volume.Value(Keys.Inode(inode)), out var record));
        return record;
    }

    /// <summary>The access time as GETATTR tells it.</summary>
    public static long AccessedNs(this VolumeFixture volume, ulong inode)
    {
        var answer = volume.Serve(Opcode.GetAttributes, inode, default(GetAttributesIn)).Succeeded();
        var attributes = MemoryMarshal.Read<AttributesOut>(answer.Body).Attributes;
        return FileTime.From(attributes.AccessSeconds, attributes.AccessNanoseconds);
    }

    /// <summary>The inode of the entry that an answer begins with.</summary>
    public static ulong Inode(this Answer answer)
    {
        Assert.Equal(Errno.None, answer.Error);
        return MemoryMarshal.Read<EntryOut>(answer.Body).NodeId;
    }

    public static Answer Create(this VolumeFixture volume, string name, ulong directory, ulong number, uint slot) =>
        volume.Serve(Opcode.Create, directory, new CreateIn { Flags = ReadWrite, Mode = 0x81A4 }, Name(name), number, slot);

    /// <summary>Creates a file, open and with bytes.</summary>
    public static ulong CreateOpen(this VolumeFixture volume, string name, ulong directory = Root, int length = 4096)
    {
        var inode = volume.Create(name, directory, 0, 0).Inode();
        if (length > 0) volume.Write(inode, new byte[length]);
        return inode;
    }

    /// <summary>Creates a file with bytes.</summary>
    public static ulong CreateClosed(this VolumeFixture volume, string name, ulong directory = Root, int length = 4096)
    {
        var inode = volume.CreateOpen(name, directory, length);
        volume.Release(inode);
        return inode;
    }

    public static ulong MakeDirectory(this VolumeFixture volume, string name, ulong directory = Root, ulong number = 0, uint slot = 0) =>
        volume.Serve(Opcode.Mkdir, directory, new MkdirIn { Mode = 0x1ED }, Name(name), number, slot).Inode();

    public static ulong Symlink(this VolumeFixture volume, string name, string target, ulong directory = Root) =>
        volume.Serve(Opcode.Symlink, directory, 0, [.. Name(name), .. Name(target)]).Inode();

    public static Answer Link(this VolumeFixture volume, ulong inode, string name, ulong number = 0, uint slot = 0) =>
        volume.Serve(Opcode.Link, Root, new LinkIn { OldNodeId = inode }, Name(name), number, slot);

    public static Answer Unlink(this VolumeFixture volume, string name, ulong directory = Root, ulong number = 0, uint slot = 0) =>
        volume.Serve(Opcode.Unlink, directory, 0, Name(name), number, slot).Succeeded();

    public static Answer RemoveDirectory(this VolumeFixture volume, string name, ulong directory = Root, ulong number = 0, uint slot = 0) =>
        volume.Serve(Opcode.Rmdir, directory, 0, Name(name), number, slot).Succeeded();

    public static Answer Rename(
        this VolumeFixture volume, string from, string to, ulong target = Root, RenameFlags flags = RenameFlags.None, ulong number = 0, uint slot = 0) =>
        volume.Serve(Opcode.Rename2, Root, new Rename2In { NewDirectory = target, Flags = flags }, [.. Name(from), .. Name(to)], number, slot)
            .Succeeded();

    public static Answer SetMode(this VolumeFixture volume, ulong inode, uint mode, ulong number = 0, uint slot = 0) =>
        volume.Serve(
            Opcode.SetAttributes, inode, new SetAttributesIn { Valid = SetAttributesValid.Mode, Mode = mode }, default, number, slot)
            .Succeeded();

    public static Answer SetXattr(this VolumeFixture volume, ulong inode, string name, string value, ulong number = 0, uint slot = 0)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        return volume.Serve(
            Opcode.SetXattr, inode, new SetXattrIn { Size = (uint)bytes.Length }, [.. Name(name), .. bytes], number, slot).Succeeded();
    }

    public static void Write(this VolumeFixture volume, ulong inode, byte[] bytes) =>
        volume.Serve(Opcode.Write, inode, new WriteIn { Size = (uint)bytes.Length }, bytes).Succeeded();

    public static byte[] Read(this VolumeFixture volume, ulong inode, int length) =>
        volume.Serve(Opcode.Read, inode, new ReadIn { Size = (uint)length }).Succeeded().Body;

    public static void Release(this VolumeFixture volume, ulong inode) =>
        volume.Serve(Opcode.Release, inode, default(ReleaseIn)).Succeeded();

    public static void Forget(this VolumeFixture volume, ulong inode) => volume.Serve(Opcode.Forget, inode, 1UL).Succeeded();

    public static bool HasBytes(this VolumeFixture volume, ulong inode) => File.Exists(volume.Files.PathOf(inode));

    private static Answer Succeeded(this Answer answer)
    {
        Assert.Equal(Errno.None, answer.Error);
        return answer;
    }
}

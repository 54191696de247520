using ByteFuse.Linux;
using ByteFuse.Protocol;
using Xunit;

namespace ByteFuse.FileSystem.Tests;

/// <summary>What is refused for the size that a file would have takes no privileges away.</summary>
public sealed class RefusedChangeTests : IDisposable
{
    private const string Capability = "security.capability";

    private readonly VolumeFixture volume = new((metadata, data) => new WatchedDataStore(metadata, data));

    public void Dispose() => volume.Dispose();

    [Theory]
    [InlineData(Opcode.Write)]
    [InlineData(Opcode.Fallocate)]
    [InlineData(Opcode.CopyFileRange)]
    public void A_change_beyond_the_largest_file_leaves_capabilities(Opcode opcode)
    {
        var file = volume.CreateOpen("file");
        volume.SetXattr(file, Capability, "kept");
        Assert.Equal(Errno.EFBIG, Change(opcode, file, (ulong)volume.Volume.Data.MaximumFileSize));
        Assert.Equal(Errno.None, FindCapability(file));
        Assert.Equal(Errno.None, Change(opcode, file, 0));
        Assert.Equal(Errno.ENODATA, FindCapability(file));
    }

    private Errno Change(Opcode opcode, ulong file, ulong offset) => opcode switch
    {
        Opcode.Write => volume.Serve(opcode, file, new WriteIn { Offset = offset, Size = 1 }, "x"u8).Error,
        Opcode.Fallocate => volume.Serve(opcode, file, new FallocateIn { Offset = offset, Length = 1 }).Error,
        _ => volume.Serve(opcode, file, new CopyFileRangeIn { SourceOffset = 1, TargetNodeId = file, TargetOffset = offset, Length = 1 }).Error,
    };

    private Errno FindCapability(ulong file) =>
        volume.Serve(Opcode.GetXattr, file, new GetXattrIn { Size = 0 }, System.Text.Encoding.UTF8.GetBytes(Capability + "\0")).Error;
}

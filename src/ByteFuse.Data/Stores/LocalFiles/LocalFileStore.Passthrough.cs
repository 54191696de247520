using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Data.Stores.LocalFiles;

/// <summary>Files that the kernel reads and writes by itself.</summary>
public sealed partial class LocalFileStore
{
    /// <summary>
    /// Tries whether a kernel takes files of this directory: what <see cref="IBackingFiles.Open"/> refuses one with, or what
    /// keeps an unnamed file from being made.
    /// </summary>
    public Errno TryBacking(IBackingFiles kernel)
    {
        var opened = FileCalls.Open(Directory, OpenFlags.Unnamed | OpenFlags.ReadWrite | OpenFlags.CloseOnExec, 0x180);
        if (!opened.Succeeded) return opened.Error;
        var taken = kernel.Open(opened.Value);
        if (taken.Succeeded) kernel.Close(taken.Value);
        FileCalls.Close(opened.Value);
        return taken.Error;
    }

    /// <inheritdoc/>
    public async ReactorTask<IoResult> GiveTo(IBackingFiles kernel, ulong dataId, bool create)
    {
        var file = await files.Open(dataId, create);
        if (file.Descriptor is not { } descriptor) return IoResult.FromError(file.Error);
        var given = kernel.Open(descriptor.Fd);
        files.Return(descriptor);
        return given;
    }
}

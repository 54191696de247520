using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>What is refused on purpose. ENOSYS makes the kernel stop asking, so it is for what no later version serves.</summary>
internal static class Refused
{
    public static ReactorTask<Reply> Run(Request request) => new(request.Header.Opcode switch
    {
        // What ioctl(2) says of a command that a file does not know; lsattr and chattr expect it.
        Opcode.Ioctl => Errno.ENOTTY,
        // A cookie of ours that the kernel answers: we never ask.
        Opcode.NotifyReply => Reply.Silent,
        // POLL: regular files are always ready, which the kernel then answers itself. BMAP: there is no block device.
        // SETUPMAPPING, REMOVEMAPPING: virtio-fs with DAX alone. And what this version of the protocol does not know.
        _ => Errno.ENOSYS,
    });
}

using ByteFuse.FileSystem;
using ByteFuse.Linux;

namespace ByteFuse.Transports.DevFuse;

/// <summary>A request that waits for a lock. It is answered through the descriptor it was read from, as the kernel demands.</summary>
internal sealed class DevFuseParkedRequest(DevFuseQueue queue) : ParkedRequest
{
    protected override void Complete(Errno error) => queue.Answer(Unique, error, []);
}

using ByteFuse.FileSystem;
using ByteFuse.Linux;

namespace ByteFuse.Transports.Uring;

/// <summary>
/// A request that waits for a lock. It keeps its entry, as the kernel takes the answer by no other way; the queue has
/// registered another one in its place.
/// </summary>
internal sealed class UringParkedRequest(UringQueue queue, UringRequest request) : ParkedRequest
{
    protected override void Complete(Errno error) => queue.AnswerParked(request, error);
}

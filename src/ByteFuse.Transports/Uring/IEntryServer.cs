using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Transports.Uring;

/// <summary>
/// Whoever has an entry: the kernel tells the ring that committed it last of its next request. All calls but
/// <see cref="Receive"/>'s sender are made on <see cref="Reactor"/>.
/// </summary>
internal interface IEntryServer
{
    /// <summary>Serves the request, and its ring commits the entry.</summary>
    CoreReactor Reactor { get; }

    /// <summary>A submission of an entry has completed: with a request, or because the entry is gone.</summary>
    void Completed(UringRequest request, int result);

    /// <summary>Another server has sent an entry with a request in it.</summary>
    void Receive(UringRequest request);

    /// <summary>Answers a request that is being served.</summary>
    void Answer(UringRequest request, Errno error, int bodyLength);

    /// <summary>As <see cref="Request.PrepareToPark"/>.</summary>
    bool PrepareToPark();

    /// <summary>As <see cref="Request.Park"/>.</summary>
    ParkedRequest Park(UringRequest request);
}

using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>
/// INTERRUPT: ends the request it names if that is parked; one that waits for its own I/O is answered soon. It needs no
/// answer of its own.
/// </summary>
internal static class Interrupt
{
    public static ReactorTask<Reply> Run(Connection connection, Request request)
    {
        connection.Parked.Interrupt(request.Read<InterruptIn>().Unique & ~InHeader.ResentBit);
        return new ReactorTask<Reply>(Reply.Silent);
    }
}

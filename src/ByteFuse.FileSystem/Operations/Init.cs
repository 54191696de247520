using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>INIT: what both sides can do.</summary>
internal static class Init
{
    public static ReactorTask<Reply> Run(Connection connection, Request request)
    {
        // It was agreed on and the daemon died before the kernel heard of it.
        if (connection.Agreement is { } agreed) return new ReactorTask<Reply>(request.Answer(agreed.Reply));
        var init = default(InitIn);
        // An old kernel sends a shorter struct; what it leaves out is 0.
        var target = System.Runtime.InteropServices.MemoryMarshal.AsBytes(new Span<InitIn>(ref init));
        var sent = request.Arguments;
        sent[..Math.Min(sent.Length, target.Length)].CopyTo(target);
        var agreement = InitNegotiation.Negotiate(init, connection.Options.Init);
        if (agreement.Outcome == InitOutcome.Refused) return new ReactorTask<Reply>(Errno.EPROTO);
        if (agreement.Outcome == InitOutcome.Accepted)
        {
            connection.Agreement = agreement;
            connection.Memory?.Agree(agreement.Reply);
        }
        return new ReactorTask<Reply>(request.Answer(agreement.Reply));
    }
}

using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>BATCH_FORGET: many FORGETs in one request.</summary>
internal static class BatchForget
{
    public static ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var count = request.Read<BatchForgetIn>().Count;
        var reader = new ArgumentReader(request.Payload.Span);
        // The count is the sender's word: what is not there is not read.
        while (count-- > 0 && reader.TryRead<ForgetOne>(out var one)) Forget.One(connection, one.NodeId);
        return new ReactorTask<Reply>(Reply.Silent);
    }
}

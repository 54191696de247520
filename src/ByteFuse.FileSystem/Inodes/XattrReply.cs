using ByteFuse.Linux;
using ByteFuse.Protocol;

namespace ByteFuse.FileSystem;

/// <summary>Answers a caller who asks for bytes with a buffer of some size, or with none to learn the size.</summary>
internal static class XattrReply
{
    public static Reply Of(Request request, uint size, ReadOnlySpan<byte> value)
    {
        if (size == 0) return request.Answer(new GetXattrOut { Size = (uint)value.Length });
        if (value.Length > size || value.Length > request.Body.Length) return Errno.ERANGE;
        value.CopyTo(request.Body.Span);
        return Reply.Body(value.Length);
    }
}

using System.Runtime.InteropServices;
using ByteFuse.Linux;
using ByteFuse.Protocol;

namespace ByteFuse.FileSystem;

/// <summary>Takes a request's arguments apart.</summary>
internal static class Arguments
{
    /// <summary>The fixed argument struct; the transport has checked that it is complete for the opcode.</summary>
    public static T Read<T>(this Request request)
        where T : unmanaged => MemoryMarshal.Read<T>(request.Arguments);

    /// <summary>Writes a struct at the start of the reply's body and says how long it is.</summary>
    public static Reply Answer<T>(this Request request, in T body)
        where T : unmanaged
    {
        MemoryMarshal.Write(request.Body.Span, in body);
        return Reply.Body(System.Runtime.CompilerServices.Unsafe.SizeOf<T>());
    }

    /// <summary>The name that the payload begins with, as a dentry key of a directory.</summary>
    public static Errno ReadDentryKey(this Request request, Connection connection, ulong directory, out Metadata.MetadataKey key)
    {
        var reader = new ArgumentReader(request.Payload.Span);
        return ReadDentryKey(ref reader, connection, directory, out key);
    }

    /// <summary>The next name of a reader, as a dentry key of a directory.</summary>
    public static Errno ReadDentryKey(ref ArgumentReader reader, Connection connection, ulong directory, out Metadata.MetadataKey key)
    {
        key = default;
        if (!reader.TryReadName(out var name, out var fault)) return Error(fault);
        if (name.SequenceEqual("."u8) || name.SequenceEqual(".."u8)) return Errno.EINVAL;
        key = Metadata.Keys.Dentry(directory, connection.Volume.Cookies.Of(name), name);
        return Errno.None;
    }

    /// <summary>The errno of a refused name.</summary>
    public static Errno Error(NameFault fault) => fault == NameFault.TooLong ? Errno.ENAMETOOLONG : Errno.EINVAL;
}

using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>LISTXATTR: the names, each with a NUL behind it.</summary>
internal static class ListXattr
{
    private const int Batch = 64;

    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var size = request.Read<GetXattrIn>().Size;
        var inode = connection.Inode(request.Header.NodeId);
        var length = 0;
        using var scan = MetadataScan.Rent();
        scan.Start(Keys.Xattrs(inode), default, Batch, wantValues: false);
        while (true)
        {
            var error = await connection.Volume.Metadata.Scan(scan);
            if (error != Errno.None) return error;
            for (var i = 0; i < scan.Count; i++)
            {
                if (!TryAppend(request, Keys.XattrName(scan.Key(i)), size, ref length)) return Errno.ERANGE;
            }
            if (!scan.HasMore) break;
            scan.Continue();
        }
        return size == 0 ? request.Answer(new GetXattrOut { Size = (uint)length }) : Reply.Body(length);
    }

    private static bool TryAppend(Request request, ReadOnlySpan<byte> name, uint size, ref int length)
    {
        // The kernel asks as the caller but does not say what he may: trusted.* is for root, as ext4 has it.
        if (XattrName.IsTrusted(name) && request.Header.UserId != 0) return true;
        var end = length + name.Length + 1;
        if (size != 0)
        {
            if ((uint)end > size || end > request.Body.Length) return false;
            name.CopyTo(request.Body.Span[length..]);
            request.Body.Span[end - 1] = 0;
        }
        length = end;
        return true;
    }
}

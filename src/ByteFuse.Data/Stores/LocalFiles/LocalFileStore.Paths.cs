using System.Text;

namespace ByteFuse.Data.Stores.LocalFiles;

/// <summary>Where files lie, for people.</summary>
public sealed partial class LocalFileStore
{
    /// <summary>The path of the file that holds the bytes of a data id, whether or not there is one yet.</summary>
    public string PathOf(ulong dataId)
    {
        Span<byte> relative = stackalloc byte[FolderLayout.PathLength];
        FolderLayout.WritePath(dataId, relative);
        return Path.Combine(Directory, Encoding.ASCII.GetString(relative[..^1]));
    }
}

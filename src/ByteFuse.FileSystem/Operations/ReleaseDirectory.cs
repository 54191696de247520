using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>RELEASEDIR: nothing was remembered.</summary>
internal static class ReleaseDirectory
{
    public static ReactorTask<Reply> Run() => new(Reply.Done);
}

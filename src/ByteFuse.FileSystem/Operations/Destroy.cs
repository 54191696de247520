using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>DESTROY: the last request of a connection.</summary>
internal static class Destroy
{
    public static ReactorTask<Reply> Run(Connection connection)
    {
        connection.Destroyed = true;
        return new ReactorTask<Reply>(Reply.Done);
    }
}

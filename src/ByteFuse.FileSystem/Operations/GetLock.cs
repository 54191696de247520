using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

internal static class GetLock
{
    public static ReactorTask<Reply> Run(Connection connection, Request request) => new(Reply.Done);
}

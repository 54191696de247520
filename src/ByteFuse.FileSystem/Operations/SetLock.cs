using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

internal static class SetLock
{
    public static ReactorTask<Reply> Run(Connection connection, Request request) => new(Reply.Done);
}

using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

internal static class Interrupt
{
    public static ReactorTask<Reply> Run(Connection connection, Request request) => new(Reply.Done);
}

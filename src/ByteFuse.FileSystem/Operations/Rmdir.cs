using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>RMDIR.</summary>
internal static class Rmdir
{
    public static ReactorTask<Reply> Run(Connection connection, Request request) =>
        NameRemoval.Run(connection, request, ofDirectory: true);
}

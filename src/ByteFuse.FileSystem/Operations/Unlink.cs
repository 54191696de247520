using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>UNLINK: a name of anything but a directory.</summary>
internal static class Unlink
{
    public static ReactorTask<Reply> Run(Connection connection, Request request) =>
        NameRemoval.Run(connection, request, ofDirectory: false);
}

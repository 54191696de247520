namespace ByteFuse.VmSuite;

/// <summary>One version of the protocol: the exported folder, mounted again from the server on the same machine.</summary>
internal sealed record NfsMount(string Name, string Options, string Folder)
{
    // Attributes and names are asked for each time, or the client would answer for the server; listings come in many parts.
    private const string Common = "hard,actimeo=0,lookupcache=none,rsize=32768,wsize=32768";

    internal static NfsMount V3 { get; } = new("NFSv3", "vers=3,nolock", "/mnt/nfs3");

    internal static NfsMount V4 { get; } = new("NFSv4.2", "vers=4.2", "/mnt/nfs4");

    internal void Mount(string exported)
    {
        Directory.CreateDirectory(Folder);
        Command.Check("mount", "-t", "nfs", "-o", $"{Options},{Common}", "127.0.0.1:" + exported, Folder);
    }

    internal void Umount() => Command.Check("umount", Folder);
}

namespace ByteFuse.PosixSuite;

/// <summary>Sticky folders: only the owner of the entry or of the folder removes or renames (include/linux/fs.h check_sticky).</summary>
internal static class StickyChecks
{
    private static readonly (string Name, bool EntryIsDirectory, Func<long> Call)[] Calls =
    [
        ("unlink", false, () => Sys.Unlink("d/x")),
        ("rmdir", true, () => Sys.Rmdir("d/x")),
        ("rename away", false, () => Sys.Rename("d/x", "d/y")),
        ("rename of a folder away", true, () => Sys.Rename("d/x", "d/y")),
        ("replace by rename", false, () => Sys.Rename("d/mine", "d/x")),
        ("EXCHANGE", false, () => Sys.Rename2("d/mine", "d/x", RENAME_EXCHANGE)),
    ];

    internal static CheckGroup Group { get; } = new("sticky",
    [
        .. from call in Calls
           from who in new[] { "entry's owner", "folder's owner", "neither", "root" }
           select new Check($"{call.Name} as {who} {(who == "neither" ? "is EPERM" : "succeeds")}", f =>
           {
               f.Mkdir("d", 1777);
               if (call.EntryIsDirectory)
                   f.Mkdir("d/x", 777);
               else
                   f.Create("d/x", 666);
               f.Create("d/mine", 666);
               f.Own("d/mine", who == "folder's owner" ? CheckFolder.Bob : CheckFolder.Alice);
               f.Own("d/x", who == "entry's owner" ? CheckFolder.Alice : 0);
               f.Own("d", who == "folder's owner" ? CheckFolder.Bob : 0);
               Ok(Sys.Chmod("d", Octal(1777)));
               long result = who switch
               {
                   "root" => call.Call(),
                   "folder's owner" => f.AsBob(call.Call),
                   _ => f.AsAlice(call.Call),
               };
               Result(who == "neither" ? EPERM : 0, result, call.Name);
           }),
        new("without the sticky bit anyone who may write the folder may unlink", f =>
        {
            f.Mkdir("d", 777);
            f.Create("d/x", 600);
            Ok(f.AsAlice(() => Sys.Unlink("d/x")));
        }),
        new("anyone creates and links in a sticky folder", f =>
        {
            f.Mkdir("d", 1777);
            Ok(f.AsAlice(() => Sys.Mkdir("d/a")));
            Ok(f.AsBob(() => Sys.Symlink("t", "d/b")));
        }),
        new("CAP_FOWNER removes what is not its own", f =>
        {
            f.Mkdir("d", 1777);
            f.Create("d/x", 666);
            Ok(f.As(new Credentials(CheckFolder.Bob, CheckFolder.Bob, [], 1UL << CAP_FOWNER), () => Sys.Unlink("d/x")));
        }),
        new("the sticky bit of a file may be set by its owner", f =>
        {
            f.Create("x", 644);
            f.Own("x");
            Ok(f.AsAlice(() => Sys.Chmod("x", Octal(1644))));
            SameMode(Octal(1644), StatOf("x").Mode);
        }),
        new("setxattr user.* on another's sticky folder is EPERM", f =>
        {
            f.Mkdir("d", 1777);
            Fails(EPERM, f.AsAlice(() => Sys.SetXattr("d", "user.a", "v"u8)));
            Ok(Sys.Chmod("d", Octal(777)));
            Ok(f.AsAlice(() => Sys.SetXattr("d", "user.a", "v"u8)));
        }),
    ]);
}

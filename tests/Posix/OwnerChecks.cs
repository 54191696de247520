namespace ByteFuse.PosixSuite;

/// <summary>chown and its kin.</summary>
internal static class OwnerChecks
{
    private const int Alice = CheckFolder.Alice, Bob = CheckFolder.Bob, Staff = CheckFolder.Staff, Guests = CheckFolder.Guests;

    // The caller is Alice, a member of Staff; the file belongs to the given owner and to Alice's group.
    private static readonly (string Name, int Owner, int Uid, int Gid, int Errno)[] Users =
    [
        ("the owner gives his file to a group of his", Alice, -1, Staff, 0),
        ("the owner gives his file to a foreign group", Alice, -1, Guests, EPERM),
        ("the owner names himself again", Alice, Alice, -1, 0),
        ("the owner names himself and a group of his", Alice, Alice, Staff, 0),
        ("the owner gives his file away", Alice, Bob, -1, EPERM),
        ("the owner gives his file to root", Alice, 0, -1, EPERM),
        ("the owner changes nothing", Alice, -1, -1, 0),
        ("another changes nothing", Bob, -1, -1, 0),
        ("another takes the file", Bob, Alice, -1, EPERM),
        ("another changes the group to his own", Bob, -1, Staff, EPERM),
        ("another names the owner again", Bob, Bob, -1, EPERM),
    ];

    internal static CheckGroup Group { get; } = new("chown",
    [
        .. Users.Select(row => new Check($"{row.Name}: {(row.Errno == 0 ? "succeeds" : ErrnoName(row.Errno))}", f =>
        {
            f.Create("a", 666);
            f.Own("a", row.Owner, Alice);
            Result(row.Errno, f.AsAlice(() => Sys.Chown("a", row.Uid, row.Gid), Staff));
            FileStatus status = StatOf("a");
            Same((uint)(row.Errno == 0 && row.Uid != -1 ? row.Uid : row.Owner), status.Uid);
            Same((uint)(row.Errno == 0 && row.Gid != -1 ? row.Gid : Alice), status.Gid);
        })),
        .. new[] { (5, 6), (-1, 6), (5, -1), (-1, -1), (0, 0), (65534, 65534), (int.MaxValue, int.MaxValue), (-2, -2) }.Select(ids =>
            new Check($"root to {ids.Item1}:{ids.Item2}", f =>
            {
                f.Create("a");
                f.Own("a", 77, 78);
                Ok(Sys.Chown("a", ids.Item1, ids.Item2));
                Same((uint)(ids.Item1 == -1 ? 77 : ids.Item1), StatOf("a").Uid);
                Same((uint)(ids.Item2 == -1 ? 78 : ids.Item2), StatOf("a").Gid);
            })),
        new("fchown", f =>
        {
            long fd = f.Open("a", O_RDONLY | O_CREAT, Octal(644));
            Ok(Sys.Fchown(fd, 5, 6));
            Same(5u, StatOf("a").Uid);
        }),
        new("fchown of an unlinked file", f =>
        {
            long fd = f.Open("a", O_RDONLY | O_CREAT, Octal(644));
            Ok(Sys.Unlink("a"));
            Ok(Sys.Fchown(fd, 5, 6));
            Same(6u, FstatOf(fd).Gid);
        }),
        new("fchownat AT_EMPTY_PATH of an O_PATH descriptor", f =>
        {
            f.Create("a");
            Ok(Sys.FchownAt(f.Open("a", O_PATH), "", 5, 6, AT_EMPTY_PATH));
            Same(5u, StatOf("a").Uid);
        }),
        new("of a folder", f =>
        {
            f.Mkdir("d");
            Ok(Sys.Chown("d", 5, 6));
            Same(5u, StatOf("d").Uid);
        }),
        new("root without CAP_CHOWN may not give a file away", f =>
        {
            f.Create("a");
            Fails(EPERM, f.As(Credentials.RootWithout(CAP_CHOWN), () => Sys.Chown("a", 5, -1)));
        }),
    ]);
}

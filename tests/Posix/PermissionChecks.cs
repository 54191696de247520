namespace ByteFuse.PosixSuite;

/// <summary>Permissions beyond the mode's classes: capabilities, ids, what is checked when.</summary>
internal static class PermissionChecks
{
    internal static CheckGroup Group { get; } = new("permission rules",
    [
        new("an open descriptor outlives a chmod to 0", f =>
        {
            f.Create("a", 600, "data");
            f.Own("a");
            Same(4L, f.AsAlice(() =>
            {
                long fd = Ok(Sys.Open("a", O_RDONLY));
                Ok(Sys.Chmod("a", 0));
                Fails(EACCES, Sys.Open("a", O_RDONLY));
                long read = Sys.Read(fd, new byte[10]);
                Sys.Close(fd);
                return read;
            }));
        }),
        new("a chmod is in force at once for another user", f =>
        {
            f.Create("a", 644);
            Ok(f.AsAlice(() => Sys.Close(Ok(Sys.Open("a", O_RDONLY)))));
            Ok(Sys.Chmod("a", Octal(600)));
            Fails(EACCES, f.AsAlice(() => Sys.Open("a", O_RDONLY)));
            Ok(Sys.Chmod("a", Octal(644)));
            Ok(f.AsAlice(() => Sys.Close(Ok(Sys.Open("a", O_RDONLY)))));
        }),
        new("a chown is in force at once", f =>
        {
            f.Create("a", 600);
            Fails(EACCES, f.AsAlice(() => Sys.Open("a", O_RDONLY)));
            f.Own("a");
            Ok(f.AsAlice(() => Sys.Close(Ok(Sys.Open("a", O_RDONLY)))));
        }),
        new("execute of a file without any x bit is denied to root", f =>
        {
            f.Create("a", 666);
            Fails(EACCES, Sys.Access("a", X_OK));
            Ok(Sys.Chmod("a", Octal(1)));
            Ok(Sys.Access("a", X_OK));
        }),
        new("root without CAP_DAC_OVERRIDE obeys the mode", f =>
        {
            f.Create("a", 600);
            f.Own("a");
            Fails(EACCES, f.As(Credentials.RootWithout(CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH), () => Sys.Open("a", O_RDONLY)));
            Fails(EACCES, f.As(Credentials.RootWithout(CAP_DAC_OVERRIDE), () => Sys.Open("a", O_WRONLY)));
        }),
        new("CAP_DAC_READ_SEARCH reads but does not write", f =>
        {
            f.Create("a", 600);
            f.Own("a");
            var reader = new Credentials(CheckFolder.Bob, CheckFolder.Bob, [], 1UL << CAP_DAC_READ_SEARCH);
            Ok(f.As(reader, () => Sys.Close(Ok(Sys.Open("a", O_RDONLY)))));
            Fails(EACCES, f.As(reader, () => Sys.Open("a", O_WRONLY)));
        }),
        new("CAP_DAC_OVERRIDE as a user writes what is not his", f =>
        {
            f.Create("a", 600);
            var writer = new Credentials(CheckFolder.Bob, CheckFolder.Bob, [], 1UL << CAP_DAC_OVERRIDE);
            Ok(f.As(writer, () => Sys.Close(Ok(Sys.Open("a", O_RDWR)))));
        }),
        new("CAP_FOWNER as a user changes modes and times that are not his", f =>
        {
            f.Create("a", 600);
            var owner = new Credentials(CheckFolder.Bob, CheckFolder.Bob, [], 1UL << CAP_FOWNER);
            Ok(f.As(owner, () => Sys.Chmod("a", Octal(640))));
            Ok(f.As(owner, () => Sys.UtimensAt(AT_FDCWD, "a", 1, 0, 1, 0)));
        }),
        new("O_TRUNC without write permission is EACCES and empties nothing", f =>
        {
            f.Create("a", 444, "data");
            Fails(EACCES, f.AsAlice(() => Sys.Open("a", O_RDONLY | O_TRUNC)));
            Same("data", f.Content("a"));
        }),
        new("O_CREAT of an existing unreadable file is EACCES", f =>
        {
            f.Create("a", 200);
            Fails(EACCES, f.AsAlice(() => Sys.Open("a", O_RDONLY | O_CREAT, Octal(644))));
        }),
        new("a user creates a file with mode 0 and writes it", f =>
            Same(1L, f.AsAlice(() =>
            {
                long fd = Ok(Sys.Open("a", O_RDWR | O_CREAT | O_EXCL, 0));
                long written = Sys.Write(fd, "x"u8);
                Sys.Close(fd);
                return written;
            }))),
        new("unlink needs the folder's permission, not the file's", f =>
        {
            f.Create("a", 0);
            Ok(f.AsAlice(() => Sys.Unlink("a")));
        }),
        new("access asks with the real uid, faccessat2 AT_EACCESS with the effective one", f =>
        {
            f.Create("a", 600);
            f.Own("a");
            Ok(f.As(Credentials.User(CheckFolder.Bob, CheckFolder.Bob) with { Capabilities = 1UL << 7 }, () =>
            {
                Ok(Sys.Setresuid(CheckFolder.Bob, CheckFolder.Alice, CheckFolder.Bob));
                Fails(EACCES, Sys.Access("a", R_OK));
                Ok(Sys.FaccessAt2(AT_FDCWD, "a", R_OK, AT_EACCESS));
                return 0;
            }));
        }),
        new("access of an unknown mode is EINVAL", _ => Fails(EINVAL, Sys.Access(".", 8))),
        new("faccessat2 AT_SYMLINK_NOFOLLOW asks of the link", _ =>
        {
            Ok(Sys.Symlink("nothing", "link"));
            Fails(ENOENT, Sys.Access("link", F_OK));
            Ok(Sys.FaccessAt2(AT_FDCWD, "link", F_OK, AT_SYMLINK_NOFOLLOW));
        }),
        new("twenty supplementary groups, the last of which grants", f =>
        {
            f.Create("a", 60);
            f.Own("a", 0, CheckFolder.Staff);
            int[] groups = [.. Enumerable.Range(30001, 19), CheckFolder.Staff];
            Ok(f.AsAlice(() => Sys.Close(Ok(Sys.Open("a", O_RDWR))), groups));
            Fails(EACCES, f.AsAlice(() => Sys.Open("a", O_RDWR), groups[..19]));
        }),
        new("the owner's class counts even if the group's would grant", f =>
        {
            f.Create("a", 77);
            f.Own("a", CheckFolder.Alice, CheckFolder.Alice);
            Fails(EACCES, f.AsAlice(() => Sys.Open("a", O_RDONLY)));
        }),
        new("a folder one may write but not search admits nothing", f =>
        {
            f.Mkdir("d", 722);
            Fails(EACCES, f.AsAlice(() => Sys.Mkdir("d/x")));
        }),
        new("a folder one may search but not read finds a known name", f =>
        {
            f.Mkdir("d", 711);
            f.Create("d/a", 644);
            Ok(f.AsAlice(() => Sys.Stat("d/a", out _)));
            Fails(EACCES, f.AsAlice(() => Sys.ReadDirectory("d", out _)));
        }),
        new("mkdir of an existing name in a folder one may not write is EEXIST", f =>
        {
            f.Mkdir("d", 755);
            f.Mkdir("d/x", 755);
            Fails(EEXIST, f.AsAlice(() => Sys.Mkdir("d/x")));
            Fails(EACCES, f.AsAlice(() => Sys.Mkdir("d/y")));
        }),
    ]);
}

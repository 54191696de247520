namespace ByteFuse.PosixSuite;

/// <summary>Who may do what in the user, trusted, security and system namespaces (fs/xattr.c xattr_permission).</summary>
internal static class XattrNamespaceChecks
{
    internal static CheckGroup Group { get; } = new("xattr namespaces",
    [
        .. new[] { "to-nothing", "fifo", "device", "socket" }.SelectMany(kind => new Check[]
        {
            new($"user.* on {kind}: set is EPERM, get ENODATA", f =>
            {
                OpenChecks.Make(f, kind);
                Fails(EPERM, Sys.LsetXattr("x", "user.a", "v"u8));
                Fails(ENODATA, Sys.LgetXattr("x", "user.a", new byte[10]));
                Fails(EPERM, Sys.LremoveXattr("x", "user.a"));
            }),
            new($"trusted.* on {kind} as root", f =>
            {
                OpenChecks.Make(f, kind);
                Ok(Sys.LsetXattr("x", "trusted.a", "v"u8));
                Same("v", XattrChecks.Value("x", "trusted.a"));
                Same("trusted.a", XattrChecks.Names("x"));
                Ok(Sys.LremoveXattr("x", "trusted.a"));
                Same("", XattrChecks.Names("x"));
            }),
        }),
        .. new[] { "trusted.a", "security.a" }.Select(name => new Check($"{name} as root on a file and a folder", f =>
        {
            f.Create("a");
            f.Mkdir("d");
            foreach (string path in new[] { "a", "d" })
            {
                Ok(Sys.SetXattr(path, name, "value"u8));
                Same("value", XattrChecks.Value(path, name));
                Ok(Sys.RemoveXattr(path, name));
            }
        })),
        new("trusted.* is hidden from users", f =>
        {
            f.Create("a", 666);
            f.Own("a");
            Ok(Sys.SetXattr("a", "trusted.a", "v"u8));
            Ok(Sys.SetXattr("a", "user.a", "v"u8));
            Fails(EPERM, f.AsAlice(() => Sys.SetXattr("a", "trusted.b", "v"u8)));
            Fails(EPERM, f.AsAlice(() => Sys.RemoveXattr("a", "trusted.a")));
            Fails(ENODATA, f.AsAlice(() => Sys.GetXattr("a", "trusted.a", new byte[10])));
        }),
        new("trusted.* is not listed to users", f =>
        {
            f.Create("a", 666);
            Ok(Sys.SetXattr("a", "trusted.a", "v"u8));
            Ok(Sys.SetXattr("a", "user.a", "v"u8));
            f.AsAlice(() =>
            {
                Same("user.a", XattrChecks.Names("a"));
                return 0;
            });
        }),
        new("security.*: users read but do not write", f =>
        {
            f.Create("a", 666);
            f.Own("a");
            Ok(Sys.SetXattr("a", "security.a", "v"u8));
            Same(1L, f.AsAlice(() => Sys.GetXattr("a", "security.a", new byte[10])));
            Fails(EPERM, f.AsAlice(() => Sys.SetXattr("a", "security.a", "w"u8)));
            Fails(EPERM, f.AsAlice(() => Sys.RemoveXattr("a", "security.a")));
        }),
        new("user.* needs permission to read and to write", f =>
        {
            f.Create("a", 644);
            Ok(Sys.SetXattr("a", "user.a", "v"u8));
            Fails(EACCES, f.AsAlice(() => Sys.SetXattr("a", "user.a", "w"u8)));
            Fails(EACCES, f.AsAlice(() => Sys.RemoveXattr("a", "user.a")));
            Same(1L, f.AsAlice(() => Sys.GetXattr("a", "user.a", new byte[10])));
            Ok(Sys.Chmod("a", Octal(600)));
            Fails(EACCES, f.AsAlice(() => Sys.GetXattr("a", "user.a", new byte[10])));
        }),
        new("names are listed to those who may not read", f =>
        {
            f.Create("a", 600);
            Ok(Sys.SetXattr("a", "user.a", "v"u8));
            Same(7L, f.AsAlice(() => Sys.ListXattr("a", new byte[100])));
        }),
        new("the owner may not write user.* of his read-only file", f =>
        {
            f.Create("a", 444);
            f.Own("a");
            Fails(EACCES, f.AsAlice(() => Sys.SetXattr("a", "user.a", "v"u8)));
        }),
        .. new[] { "foo.a", "nodot", "system.foo", ".a", "USER.a" }.Select(name => new Check($"\"{name}\" is EOPNOTSUPP", f =>
        {
            f.Create("a");
            Fails(EOPNOTSUPP, Sys.SetXattr("a", name, "v"u8));
            Fails(EOPNOTSUPP, Sys.GetXattr("a", name, new byte[10]));
            Fails(EOPNOTSUPP, Sys.RemoveXattr("a", name));
        })),
        new("lsetxattr acts on the link, setxattr on its target", f =>
        {
            f.Create("a");
            Ok(Sys.Symlink("a", "link"));
            Ok(Sys.LsetXattr("link", "trusted.l", "link"u8));
            Ok(Sys.SetXattr("link", "trusted.t", "target"u8));
            Same("trusted.l", XattrChecks.Names("link"));
            Same("trusted.t", XattrChecks.Names("a"));
        }),
    ]);
}

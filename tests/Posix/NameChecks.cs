namespace ByteFuse.PosixSuite;

/// <summary>Names: length and bytes.</summary>
internal static class NameChecks
{
    private static readonly (string Name, Func<string, long> Call)[] Makers =
    [
        ("open O_CREAT", path => Sys.Close(Sys.Creat(path, Octal(644)))),
        ("mkdir", path => Sys.Mkdir(path)),
        ("mknod", path => Sys.Mkfifo(path, Octal(644))),
        ("symlink", path => Sys.Symlink("t", path)),
        ("link", path => Sys.Link("file", path)),
        ("rename", path => Sys.Rename("file", path)),
    ];

    private static readonly (string What, string Name)[] Odd =
    [
        ("a space", "a b"), ("a line break", "a\nb"), ("a backslash", "a\\b"), ("a leading dash", "-rf"), ("three dots", "..."),
        ("a leading dot", ".hidden"), ("accented letters", "é\u0301ü"), ("other scripts", "文件🙂"), ("a colon and a star", "a:*?"),
        ("bytes that are no UTF-8", "a\uDCFF\uDCFEb"), ("one byte 0xFF", "\uDCFF"), ("control characters", "\u0001\u007F\u001B"),
        ("a trailing space", "a "), ("a trailing dot", "a."), ("reserved words of others", "CON"), ("a percent sign", "100%"),
        ("a truncated UTF-8 sequence", "a\uDCE2\uDC82"),
    ];

    internal static CheckGroup Group { get; } = new("names",
    [
        .. Makers.Select(maker => new Check($"{maker.Name}: a name of 255 bytes", f =>
        {
            string name = new('n', 255);
            f.Create("file");
            Ok(maker.Call(name));
            True(f.Names().Contains(name));
            Ok(Sys.Lstat(name, out _));
        })),
        .. Odd.Select(odd => new Check($"{odd.What} in a name", f =>
        {
            f.Create(odd.Name, content: "x");
            Same(odd.Name, string.Join("|", f.Names()));
            Same("x", f.Content(odd.Name));
            Ok(Sys.Rename(odd.Name, odd.Name + "2"));
            Ok(Sys.Unlink(odd.Name + "2"));
        })),
        new("255 bytes of multi-byte characters", f =>
        {
            string name = string.Concat(Enumerable.Repeat("文", 85));
            f.Create(name);
            Same(name, f.Names()[0]);
            Fails(ENAMETOOLONG, Sys.Open(name + "x", O_RDWR | O_CREAT, Octal(644)));
        }),
        new("upper and lower case are two names", f =>
        {
            f.Create("Name", content: "1");
            f.Create("name", content: "2");
            Same("1", f.Content("Name"));
            Same("2", f.Content("name"));
        }),
        new("composed and decomposed letters are two names", f =>
        {
            f.Create("\u00E9");
            f.Create("e\u0301");
            Same(2, f.Names().Length);
        }),
        new("a path of 4095 bytes", f =>
        {
            f.Create("x");
            Ok(Sys.Stat(string.Concat(Enumerable.Repeat("./", 2047)) + "x", out _));
        }),
        new("several slashes are one", f =>
        {
            f.Mkdir("d");
            f.Create("d/a", content: "x");
            Same("x", f.Content("d///a"));
        }),
        new("names that share a long prefix stay apart", f =>
        {
            string prefix = new('p', 250);
            for (int i = 0; i < 50; i++)
                f.Create($"{prefix}{i:D3}", content: $"{i}");
            Same(50, f.Names().Length);
            Same("37", f.Content(prefix + "037"));
        }),
    ]);
}

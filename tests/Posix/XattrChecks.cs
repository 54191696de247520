namespace ByteFuse.PosixSuite;

/// <summary>Extended attributes of the user namespace: values, flags, limits.</summary>
internal static class XattrChecks
{
    internal static CheckGroup Group { get; } = new("xattr",
    [
        .. new[] { 0, 1, 15, 16, 100, 1000, 3000 }.Select(length => new Check($"a value of {length} bytes", f =>
        {
            f.Create("a");
            byte[] value = Pattern.Of(length, 1), read = new byte[4096];
            Ok(Sys.SetXattr("a", "user.v", value));
            Same((long)length, Sys.GetXattr("a", "user.v", []));
            Same((long)length, Sys.GetXattr("a", "user.v", read));
            SameBytes(value, read.AsSpan(0, length));
        })),
        .. new[] { "file", "dir" }.Select(kind => new Check($"set, replace, list and remove on a {kind}", f =>
        {
            OpenChecks.Make(f, kind);
            Ok(Sys.SetXattr("x", "user.one", "1"u8));
            Ok(Sys.SetXattr("x", "user.two", "2"u8));
            Ok(Sys.SetXattr("x", "user.one", "uno"u8));
            Same("user.one user.two", Names("x"));
            Same("uno", Value("x", "user.one"));
            Ok(Sys.RemoveXattr("x", "user.one"));
            Same("user.two", Names("x"));
            Fails(ENODATA, Sys.GetXattr("x", "user.one", new byte[10]));
        })),
        new("through a descriptor", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            var list = new byte[100];
            Ok(Sys.FsetXattr(fd, "user.a", "v"u8));
            Same(1L, Sys.FgetXattr(fd, "user.a", new byte[10]));
            Same(7L, Sys.FlistXattr(fd, list));
            Ok(Sys.FremoveXattr(fd, "user.a"));
            Same(0L, Sys.FlistXattr(fd, list));
        }),
        new("through a descriptor open for reading", f =>
        {
            f.Create("a");
            Ok(Sys.FsetXattr(f.Open("a", O_RDONLY), "user.a", "v"u8));
        }),
        new("through an O_PATH descriptor is EBADF", f =>
        {
            f.Create("a");
            Fails(EBADF, Sys.FgetXattr(f.Open("a", O_PATH), "user.a", new byte[10]));
        }),
        new("of an unlinked file", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Ok(Sys.FsetXattr(fd, "user.old", "v"u8));
            Ok(Sys.Unlink("a"));
            Ok(Sys.FsetXattr(fd, "user.a", "v"u8));
            Same(1L, Sys.FgetXattr(fd, "user.old", new byte[10]));
        }),
        new("XATTR_CREATE of an existing name is EEXIST", f =>
        {
            f.Create("a");
            Ok(Sys.SetXattr("a", "user.a", "1"u8, XATTR_CREATE));
            Fails(EEXIST, Sys.SetXattr("a", "user.a", "2"u8, XATTR_CREATE));
            Same("1", Value("a", "user.a"));
        }),
        new("XATTR_REPLACE of a missing name is ENODATA", f =>
        {
            f.Create("a");
            Fails(ENODATA, Sys.SetXattr("a", "user.a", "1"u8, XATTR_REPLACE));
            Ok(Sys.SetXattr("a", "user.a", "1"u8));
            Ok(Sys.SetXattr("a", "user.a", "2"u8, XATTR_REPLACE));
            Same("2", Value("a", "user.a"));
        }),
        new("an unknown flag is EINVAL", f =>
        {
            f.Create("a");
            Fails(EINVAL, Sys.SetXattr("a", "user.a", "1"u8, 4));
        }),
        new("get and remove of a missing name are ENODATA", f =>
        {
            f.Create("a");
            Fails(ENODATA, Sys.GetXattr("a", "user.a", new byte[10]));
            Fails(ENODATA, Sys.GetXattr("a", "user.a", []));
            Fails(ENODATA, Sys.RemoveXattr("a", "user.a"));
        }),
        new("a buffer too small for the value is ERANGE", f =>
        {
            f.Create("a");
            Ok(Sys.SetXattr("a", "user.a", "12345"u8));
            Fails(ERANGE, Sys.GetXattr("a", "user.a", new byte[4]));
            Same(5L, Sys.GetXattr("a", "user.a", new byte[5]));
        }),
        new("a buffer too small for the list is ERANGE", f =>
        {
            f.Create("a");
            Ok(Sys.SetXattr("a", "user.abc", "1"u8));
            Same(9L, Sys.ListXattr("a", Span<byte>.Empty));
            Fails(ERANGE, Sys.ListXattr("a", new byte[8]));
            Same(9L, Sys.ListXattr("a", new byte[9]));
        }),
        new("a value over 64 KiB is E2BIG", f =>
        {
            f.Create("a");
            Fails(E2BIG, Sys.SetXattr("a", "user.a", new byte[65537]));
        }),
        new("a value of 64 KiB is stored or refused as too big for the volume", f =>
        {
            f.Create("a");
            byte[] value = Pattern.Of(65536, 1), read = new byte[65536];
            long result = Sys.SetXattr("a", "user.a", value);
            if (result == 0)
            {
                Same(65536L, Sys.GetXattr("a", "user.a", read));
                SameBytes(value, read);
            }
            else
            {
                True(result is -ENOSPC or -E2BIG, ErrnoName(result));
                Fails(ENODATA, Sys.GetXattr("a", "user.a", []));
            }
        }),
        new("a name of 255 bytes is kept, of 256 is ERANGE", f =>
        {
            f.Create("a");
            string name = "user." + new string('n', 250);
            Ok(Sys.SetXattr("a", name, "v"u8));
            Same(name, Names("a"));
            Fails(ERANGE, Sys.SetXattr("a", name + "n", "v"u8));
            Fails(ERANGE, Sys.GetXattr("a", name + "n", new byte[10]));
        }),
        new("an empty name is ERANGE", f =>
        {
            f.Create("a");
            Fails(ERANGE, Sys.SetXattr("a", "", "v"u8));
        }),
        new("\"user.\" alone is EINVAL", f =>
        {
            f.Create("a");
            Fails(EINVAL, Sys.SetXattr("a", "user.", "v"u8));
        }),
        new("names of any bytes", f =>
        {
            f.Create("a");
            Ok(Sys.SetXattr("a", "user.\uDCFF é\n", "v"u8));
            Same("user.\uDCFF é\n", Names("a"));
        }),
        new("forty attributes at once", f =>
        {
            f.Create("a");
            for (int i = 0; i < 40; i++)
                Ok(Sys.SetXattr("a", $"user.n{i:D2}", new[] { (byte)i }));
            Same(40, Names("a").Split(' ').Length);
            for (int i = 0; i < 40; i += 2)
                Ok(Sys.RemoveXattr("a", $"user.n{i:D2}"));
            Same(20, Names("a").Split(' ').Length);
            Same(1L, Sys.GetXattr("a", "user.n39", new byte[1]));
        }),
        new("a file made anew has none", f =>
        {
            f.Create("a");
            Ok(Sys.SetXattr("a", "user.a", "v"u8));
            Ok(Sys.Unlink("a"));
            f.Create("a");
            Same("", Names("a"));
        }),
        new("they follow links and renames", f =>
        {
            f.Create("a");
            Ok(Sys.SetXattr("a", "user.a", "v"u8));
            Ok(Sys.Link("a", "b"));
            Ok(Sys.Rename("a", "c"));
            Same("v", Value("b", "user.a"));
            Same("v", Value("c", "user.a"));
        }),
        new("a value changed through one link is seen through the other", f =>
        {
            f.Create("a");
            Ok(Sys.Link("a", "b"));
            Ok(Sys.SetXattr("a", "user.a", "1"u8));
            Same("1", Value("b", "user.a"));
            Ok(Sys.SetXattr("b", "user.a", "2"u8));
            Same("2", Value("a", "user.a"));
        }),
        new("they do not count in size and content", f =>
        {
            f.Create("a", content: "data");
            Ok(Sys.SetXattr("a", "user.a", new byte[2000]));
            Same(4L, StatOf("a").Size);
            Same("data", f.Content("a"));
        }),
    ]);

    internal static string Names(string path)
    {
        Ok(Sys.ListXattr(path, out string[] names));
        return string.Join(' ', names.Where(name => name != "security.selinux").Order(StringComparer.Ordinal));
    }

    internal static string Value(string path, string name)
    {
        var value = new byte[65536];
        int length = (int)Ok(Sys.LgetXattr(path, name, value));
        return System.Text.Encoding.Latin1.GetString(value, 0, length);
    }
}

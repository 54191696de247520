namespace ByteFuse.PosixSuite;

/// <summary>mkdir, rmdir, "." and "..", link counts, working folders that are gone.</summary>
internal static class DirectoryChecks
{
    internal static CheckGroup Group { get; } = new("directory",
    [
        new("a subfolder adds one to its parent's links", f =>
        {
            f.Mkdir("d");
            Same(2u, StatOf("d").LinkCount);
            f.Mkdir("d/a");
            f.Mkdir("d/b");
            Same(4u, StatOf("d").LinkCount);
            Ok(Sys.Rmdir("d/a"));
            Same(3u, StatOf("d").LinkCount);
        }),
        new("a file adds nothing to its parent's links", f =>
        {
            f.Mkdir("d");
            f.Create("d/a");
            Same(2u, StatOf("d").LinkCount);
        }),
        new("\".\" is the folder itself", f =>
        {
            f.Mkdir("d");
            Same(StatOf("d").Inode, StatOf("d/.").Inode);
        }),
        new("\"..\" is the parent", f =>
        {
            f.Mkdir("d");
            Same(StatOf(".").Inode, StatOf("d/..").Inode);
        }),
        new("\"..\" follows a move to another parent", f =>
        {
            f.Mkdir("a");
            f.Mkdir("b");
            f.Mkdir("a/d");
            Ok(Sys.Rename("a/d", "b/d"));
            Same(StatOf("b").Inode, StatOf("b/d/..").Inode);
            Same(2u, StatOf("a").LinkCount);
            Same(3u, StatOf("b").LinkCount);
        }),
        new("a listing has \".\" and \"..\" with their inode numbers", f =>
        {
            f.Mkdir("d");
            Ok(Sys.ReadDirectory("d", out List<DirectoryEntry> entries));
            Same(2, entries.Count);
            Same(StatOf("d").Inode, entries.Single(entry => entry.Name == ".").Inode);
            Same(StatOf(".").Inode, entries.Single(entry => entry.Name == "..").Inode);
        }),
        new("mkdir of \".\" is EEXIST", _ => Fails(EEXIST, Sys.Mkdir("."))),
        new("mkdir of \"..\" is EEXIST", _ => Fails(EEXIST, Sys.Mkdir(".."))),
        new("mkdir takes a trailing slash", _ => Ok(Sys.Mkdir("d/"))),
        new("mkdir over a folder is EEXIST", f =>
        {
            f.Mkdir("d");
            Fails(EEXIST, Sys.Mkdir("d"));
        }),
        new("rmdir of an empty folder", f =>
        {
            f.Mkdir("d");
            Ok(Sys.Rmdir("d"));
            Fails(ENOENT, Sys.Stat("d", out _));
        }),
        new("rmdir takes a trailing slash", f =>
        {
            f.Mkdir("d");
            Ok(Sys.Rmdir("d/"));
        }),
        new("rmdir of a folder with a file is ENOTEMPTY", f =>
        {
            f.Mkdir("d");
            f.Create("d/a");
            Fails(ENOTEMPTY, Sys.Rmdir("d"));
            Same("a", string.Join(' ', f.Names("d")));
        }),
        new("rmdir of a folder with a folder is ENOTEMPTY", f =>
        {
            f.Mkdir("d");
            f.Mkdir("d/a");
            Fails(ENOTEMPTY, Sys.Rmdir("d"));
        }),
        new("rmdir after its last entry went", f =>
        {
            f.Mkdir("d");
            f.Create("d/a");
            Ok(Sys.Unlink("d/a"));
            Ok(Sys.Rmdir("d"));
        }),
        new("rmdir after its last entry was moved out", f =>
        {
            f.Mkdir("d");
            f.Create("d/a");
            Ok(Sys.Rename("d/a", "a"));
            Ok(Sys.Rmdir("d"));
        }),
        new("rmdir of a file is ENOTDIR", f =>
        {
            f.Create("a");
            Fails(ENOTDIR, Sys.Rmdir("a"));
        }),
        new("rmdir of a link to a folder is ENOTDIR", f =>
        {
            f.Mkdir("d");
            Ok(Sys.Symlink("d", "link"));
            Fails(ENOTDIR, Sys.Rmdir("link"));
        }),
        new("rmdir of \"d/.\" is EINVAL", f =>
        {
            f.Mkdir("d");
            Fails(EINVAL, Sys.Rmdir("d/."));
        }),
        new("rmdir of \"d/..\" is ENOTEMPTY", f =>
        {
            f.Mkdir("d");
            Fails(ENOTEMPTY, Sys.Rmdir("d/.."));
        }),
        new("rmdir of a mount's root is EBUSY", _ =>
        {
            // /proc is a mount wherever this runs; the answer comes from the name's parent.
            Fails(EBUSY, Sys.Rmdir("/proc"));
        }),
        new("a removed working folder: create is ENOENT", f =>
        {
            EnterRemoved(f);
            Fails(ENOENT, Sys.Open("x", O_CREAT | O_RDWR, Octal(644)));
            Fails(ENOENT, Sys.Mkdir("x"));
            Fails(ENOENT, Sys.Symlink("t", "x"));
            Fails(ENOENT, Sys.Mknod("x", S_IFREG | Octal(644)));
        }),
        new("a removed working folder: link and rename into it are ENOENT", f =>
        {
            f.Create("a");
            EnterRemoved(f);
            Fails(ENOENT, Sys.Link(f.Path + "/a", "x"));
            Fails(ENOENT, Sys.Rename(f.Path + "/a", "x"));
        }),
        new("a removed working folder has no links and cannot be listed", f =>
        {
            EnterRemoved(f);
            Same(0u, StatOf(".").LinkCount);
            Fails(ENOENT, Sys.ReadDirectory(".", out _));
        }),
        new("a removed working folder: getcwd is ENOENT", f =>
        {
            EnterRemoved(f);
            Fails(ENOENT, Sys.Getcwd(out _));
        }),
        new("a removed open folder can still be changed and read", f =>
        {
            f.Mkdir("d");
            long fd = f.Open("d", O_RDONLY | O_DIRECTORY);
            Ok(Sys.Rmdir("d"));
            Ok(Sys.Fchmod(fd, Octal(700)));
            SameMode(Octal(700), FstatOf(fd).Mode);
            Ok(Sys.Fsync(fd));
        }),
        new("getcwd follows a rename", f =>
        {
            f.Mkdir("d");
            Ok(Sys.Chdir("d"));
            Ok(Sys.Rename(f.Path + "/d", f.Path + "/e"));
            Ok(Sys.Getcwd(out string path));
            Same(f.Path + "/e", path);
        }),
        new("a name can be made again after rmdir, as another folder", f =>
        {
            f.Mkdir("d");
            long fd = f.Open("d", O_RDONLY);
            Ok(Sys.Rmdir("d"));
            f.Mkdir("d");
            True(FstatOf(fd).Inode != StatOf("d").Inode);
        }),
        new("a tree 100 folders deep", f =>
        {
            string path = "d";
            for (int depth = 0; depth < 100; depth++, path += "/d")
                f.Mkdir(path);
            f.Open(path[..^2], O_RDONLY | O_DIRECTORY);
        }),
        new("a tree deeper than PATH_MAX, by relative steps", f =>
        {
            string name = new('n', 200);
            for (int depth = 0; depth < 25; depth++)
            {
                f.Mkdir(name);
                Ok(Sys.Chdir(name));
            }
            f.Create("bottom");
            Same(S_IFREG, StatOf("bottom").Type);
            Fails(ERANGE, GetcwdIsTooLong());
        }),
        new("the size of a folder is not negative and its blocks are few", f =>
        {
            f.Mkdir("d");
            FileStatus status = StatOf("d");
            True(status.Size >= 0);
            True(status.Blocks * 512 <= 1 << 20);
        }),
    ]);

    // getcwd(2) returns ENAMETOOLONG past PATH_MAX inside the kernel; ERANGE when the buffer is too small. Both mean "too long".
    private static long GetcwdIsTooLong()
    {
        long result = Sys.Getcwd(out _);
        return result == -ENAMETOOLONG ? -ERANGE : result;
    }

    private static void EnterRemoved(CheckFolder f)
    {
        f.Mkdir("d");
        Ok(Sys.Chdir("d"));
        Ok(Sys.Rmdir(f.Path + "/d"));
    }
}

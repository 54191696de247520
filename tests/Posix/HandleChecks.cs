namespace ByteFuse.PosixSuite;

/// <summary>name_to_handle_at, open_by_handle_at: what NFS export rests on.</summary>
internal static class HandleChecks
{
    internal static CheckGroup Group { get; } = new("file handles",
    [
        .. new[] { "file", "dir", "to-nothing", "fifo" }.Select(kind => new Check($"a handle of {kind} leads back to it", f =>
        {
            OpenChecks.Make(f, kind);
            long fd = OpenHandle(f, Handle("x"), O_PATH);
            Same(LstatOf("x").Inode, FstatOf(fd).Inode);
        })),
        new("a file is read through its handle", f =>
        {
            f.Create("x", content: "content");
            SameBytes("content"u8, Pattern.Read(OpenHandle(f, Handle("x"), O_RDONLY), 0, 100));
        }),
        new("a file is written through its handle", f =>
        {
            f.Create("x");
            Ok(Sys.Write(OpenHandle(f, Handle("x"), O_WRONLY), "content"u8));
            Same("content", f.Content("x"));
        }),
        new("a folder is listed through its handle", f =>
        {
            f.Mkdir("d");
            f.Create("d/a");
            var entries = new List<DirectoryEntry>();
            Ok(Sys.Getdents(OpenHandle(f, Handle("d"), O_RDONLY | O_DIRECTORY), new byte[1000], entries));
            True(entries.Any(entry => entry.Name == "a"));
        }),
        new("a handle outlives a rename to another folder", f =>
        {
            f.Create("x", content: "content");
            f.Mkdir("d");
            FileHandle handle = Handle("x");
            Ok(Sys.Rename("x", "d/y"));
            SameBytes("content"u8, Pattern.Read(OpenHandle(f, handle, O_RDONLY), 0, 100));
        }),
        new("a handle of a removed file is ESTALE", f =>
        {
            f.Create("x");
            FileHandle handle = Handle("x");
            Ok(Sys.Unlink("x"));
            Fails(ESTALE, Sys.OpenByHandleAt(f.Open(".", O_RDONLY), handle, O_RDONLY));
        }),
        new("a handle of a removed file is ESTALE although a new one took its name", f =>
        {
            f.Create("x", content: "old");
            FileHandle handle = Handle("x");
            Ok(Sys.Unlink("x"));
            f.Create("x", content: "new");
            Fails(ESTALE, Sys.OpenByHandleAt(f.Open(".", O_RDONLY), handle, O_RDONLY));
        }),
        new("two links have one handle", f =>
        {
            f.Create("x");
            Ok(Sys.Link("x", "y"));
            SameBytes(Handle("x").Opaque, Handle("y").Opaque);
        }),
        new("two files have two handles", f =>
        {
            f.Create("x");
            f.Create("y");
            True(!Handle("x").Opaque.AsSpan().SequenceEqual(Handle("y").Opaque));
        }),
        new("a handle of the working folder by AT_EMPTY_PATH", f =>
        {
            Ok(Sys.NameToHandleAt(f.Open(".", O_PATH), "", AT_EMPTY_PATH, out FileHandle handle));
            Same(StatOf(".").Inode, FstatOf(OpenHandle(f, handle, O_PATH)).Inode);
        }),
        new("\"..\" of a folder opened by its handle is its parent", f =>
        {
            f.Mkdir("d");
            f.Mkdir("d/e");
            long fd = OpenHandle(f, Handle("d/e"), O_RDONLY | O_DIRECTORY);
            Ok(Sys.Statx(fd, "..", 0, STATX_BASIC_STATS, out FileStatus parent));
            Same(StatOf("d").Inode, parent.Inode);
        }),
        new("open_by_handle_at as a user is EPERM", f =>
        {
            f.Create("x", 666);
            FileHandle handle = Handle("x");
            long root = f.Open(".", O_RDONLY);
            Fails(EPERM, f.AsAlice(() => Sys.OpenByHandleAt(root, handle, O_RDONLY)));
        }),
        new("a handle of nonsense is ESTALE", f =>
        {
            f.Create("x");
            FileHandle handle = Handle("x");
            byte[] nonsense = [.. handle.Opaque];
            nonsense.AsSpan().Fill(0x5A);
            Fails(ESTALE, Sys.OpenByHandleAt(f.Open(".", O_RDONLY), new FileHandle(handle.Type, nonsense), O_RDONLY));
        }),
    ]);

    private static FileHandle Handle(string path)
    {
        Ok(Sys.NameToHandleAt(AT_FDCWD, path, 0, out FileHandle handle));
        return handle;
    }

    private static long OpenHandle(CheckFolder f, FileHandle handle, int flags)
    {
        long fd = Ok(Sys.OpenByHandleAt(f.Open(".", O_RDONLY), handle, flags | O_CLOEXEC));
        f.Defer(() => Sys.Close(fd));
        return fd;
    }
}

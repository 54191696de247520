namespace ByteFuse.PosixSuite;

/// <summary>O_APPEND and RWF_APPEND.</summary>
internal static class AppendChecks
{
    internal static CheckGroup Group { get; } = new("append",
    [
        new("every write goes to the end, wherever the position is", f =>
        {
            f.Create("a", content: "start");
            long fd = f.Open("a", O_RDWR | O_APPEND);
            Ok(Sys.Write(fd, "-one"u8));
            Ok(Sys.Lseek(fd, 0, SEEK_SET));
            Ok(Sys.Write(fd, "-two"u8));
            Same("start-one-two", f.Content("a"));
            Same(13L, Sys.Lseek(fd, 0, SEEK_CUR));
        }),
        new("it follows what another descriptor appended", f =>
        {
            long one = f.Open("a", O_WRONLY | O_APPEND | O_CREAT, Octal(644)), two = f.Open("a", O_WRONLY | O_APPEND);
            Ok(Sys.Write(one, "1"u8));
            Ok(Sys.Write(two, "2"u8));
            Ok(Sys.Write(one, "3"u8));
            Same("123", f.Content("a"));
        }),
        new("it follows a truncate", f =>
        {
            long fd = f.Open("a", O_WRONLY | O_APPEND | O_CREAT, Octal(644));
            Ok(Sys.Write(fd, "0123456789"u8));
            Ok(Sys.Truncate("a", 3));
            Ok(Sys.Write(fd, "x"u8));
            Same("012x", f.Content("a"));
        }),
        new("pwrite on an O_APPEND descriptor appends, as Linux has it", f =>
        {
            f.Create("a", content: "abc");
            Ok(Sys.Pwrite(f.Open("a", O_WRONLY | O_APPEND), "x"u8, 0));
            Same("abcx", f.Content("a"));
        }),
        new("O_APPEND set by F_SETFL", f =>
        {
            f.Create("a", content: "abc");
            long fd = f.Open("a", O_RDWR);
            Ok(Sys.Fcntl(fd, F_SETFL, O_APPEND));
            Ok(Sys.Write(fd, "x"u8));
            Same("abcx", f.Content("a"));
            Ok(Sys.Fcntl(fd, F_SETFL, 0));
            Ok(Sys.Lseek(fd, 0, SEEK_SET));
            Ok(Sys.Write(fd, "Y"u8));
            Same("Ybcx", f.Content("a"));
        }),
        new("RWF_APPEND on an ordinary descriptor", f =>
        {
            f.Create("a", content: "abc");
            long fd = f.Open("a", O_RDWR);
            Ok(Sys.Pwritev2(fd, ["x"u8.ToArray()], 0, RWF_APPEND));
            Same("abcx", f.Content("a"));
        }),
        new("four threads append 200 records each: none is lost or torn", f =>
        {
            f.Create("a");
            List<TaskThread> threads = [.. Enumerable.Range(0, 4).Select(number => TaskThread.Start(() =>
            {
                long fd = Ok(Sys.Open("a", O_WRONLY | O_APPEND | O_CLOEXEC));
                var record = new byte[64];
                record.AsSpan().Fill((byte)('a' + number));
                for (int i = 0; i < 200; i++)
                    Same(64L, Sys.Write(fd, record));
                Sys.Close(fd);
            }))];
            threads.ForEach(thread => thread.Join());
            string content = f.Content("a");
            Same(4 * 200 * 64, content.Length);
            for (int at = 0; at < content.Length; at += 64)
                Same(64, content.AsSpan(at, 64).Count(content[at]));
        }),
        new("O_APPEND|O_TRUNC empties, then appends", f =>
        {
            f.Create("a", content: "abc");
            long fd = f.Open("a", O_WRONLY | O_APPEND | O_TRUNC);
            Ok(Sys.Write(fd, "x"u8));
            Same("x", f.Content("a"));
        }),
    ]);
}

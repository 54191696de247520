namespace ByteFuse.PosixSuite;

/// <summary>Device nodes, FIFOs and sockets that work.</summary>
internal static class SpecialFileChecks
{
    internal static CheckGroup Group { get; } = new("special files",
    [
        .. new (uint Major, uint Minor)[] { (1, 3), (0, 1), (255, 255), (4095, 1048575), (259, 70000) }.Select(device =>
            new Check($"device {device.Major}:{device.Minor} keeps its numbers", _ =>
            {
                Ok(Sys.Mknod("c", S_IFCHR | Octal(600), Sys.Device(device.Major, device.Minor)));
                Ok(Sys.Mknod("b", S_IFBLK | Octal(600), Sys.Device(device.Major, device.Minor)));
                foreach (string name in new[] { "c", "b" })
                {
                    Same(device.Major, LstatOf(name).RdevMajor);
                    Same(device.Minor, LstatOf(name).RdevMinor);
                }
            })),
        new("a node of /dev/null swallows and ends", f =>
        {
            Ok(Sys.Mknod("null", S_IFCHR | Octal(666), Sys.Device(1, 3)));
            long fd = f.Open("null", O_RDWR);
            Same(3L, Sys.Write(fd, "abc"u8));
            Same(0L, Sys.Read(fd, new byte[3]));
        }),
        new("a node of /dev/zero delivers zeroes", f =>
        {
            Ok(Sys.Mknod("zero", S_IFCHR | Octal(666), Sys.Device(1, 5)));
            var buffer = new byte[] { 1, 2, 3 };
            Same(3L, Sys.Read(f.Open("zero", O_RDONLY), buffer));
            SameBytes([0, 0, 0], buffer);
        }),
        new("a device without a driver is ENXIO", _ =>
        {
            Ok(Sys.Mknod("c", S_IFCHR | Octal(666), Sys.Device(4000, 77)));
            Fails(ENXIO, Sys.Open("c", O_RDONLY));
        }),
        new("a whiteout (device 0:0) can be made by a user", f =>
        {
            Ok(f.AsAlice(() => Sys.Mknod("w", S_IFCHR, 0)));
            Same(S_IFCHR, LstatOf("w").Type);
        }),
        new("a FIFO carries bytes from writer to reader", f =>
        {
            Ok(Sys.Mkfifo("p", Octal(666)));
            TaskThread writer = TaskThread.Start(() =>
            {
                long fd = Ok(Sys.Open("p", O_WRONLY | O_CLOEXEC));
                Ok(Sys.Write(fd, "through"u8));
                Sys.Close(fd);
            });
            var buffer = new byte[100];
            long reader = f.Open("p", O_RDONLY);
            Same(7L, Sys.Read(reader, buffer));
            writer.Join();
            Same(0L, Sys.Read(reader, buffer));
        }),
        new("a FIFO's reader in non-blocking mode: empty is EAGAIN, poll tells", f =>
        {
            Ok(Sys.Mkfifo("p", Octal(666)));
            long reader = f.Open("p", O_RDONLY | O_NONBLOCK), writer = f.Open("p", O_WRONLY);
            Fails(EAGAIN, Sys.Read(reader, new byte[1]));
            Same(0L, Sys.Poll(reader, POLLIN, 0));
            Ok(Sys.Write(writer, "x"u8));
            Same((long)POLLIN, Sys.Poll(reader, POLLIN, 1000));
        }),
        new("a FIFO through two links is one pipe", f =>
        {
            Ok(Sys.Mkfifo("p", Octal(666)));
            Ok(Sys.Link("p", "q"));
            long reader = f.Open("p", O_RDONLY | O_NONBLOCK), writer = f.Open("q", O_WRONLY);
            Ok(Sys.Write(writer, "x"u8));
            Same(1L, Sys.Read(reader, new byte[10]));
        }),
        new("the size of a FIFO stays 0", f =>
        {
            Ok(Sys.Mkfifo("p", Octal(666)));
            Ok(Sys.Write(f.Open("p", O_RDWR), "x"u8));
            Same(0L, StatOf("p").Size);
        }),
        new("a Unix socket: bind, connect, accept", f =>
        {
            long server = Socket(f), client = Socket(f);
            Ok(Sys.BindUnix(server, "s"));
            Same(S_IFSOCK | Octal(777), LstatOf("s").FullMode);
            Ok(Sys.Listen(server, 1));
            Ok(Sys.ConnectUnix(client, "s"));
            long accepted = Ok(Sys.Accept(server));
            f.Defer(() => Sys.Close(accepted));
            Ok(Sys.Write(client, "hello"u8));
            Same(5L, Sys.Read(accepted, new byte[10]));
        }),
        new("bind over an existing name is EADDRINUSE", f =>
        {
            f.Create("s");
            Fails(EADDRINUSE, Sys.BindUnix(Socket(f), "s"));
        }),
        new("connect to a socket without a server is ECONNREFUSED", f =>
        {
            long server = Ok(Sys.Socket(AF_UNIX, SOCK_STREAM));
            Ok(Sys.BindUnix(server, "s"));
            Ok(Sys.Close(server));
            Fails(ECONNREFUSED, Sys.ConnectUnix(Socket(f), "s"));
        }),
        new("connect needs write permission", f =>
        {
            long server = Socket(f);
            Ok(Sys.BindUnix(server, "s"));
            Ok(Sys.Listen(server, 1));
            Ok(Sys.Chmod("s", Octal(755)));
            Fails(EACCES, f.AsAlice(() => Sys.ConnectUnix(Socket(f), "s")));
            Ok(Sys.Chmod("s", Octal(777)));
            Ok(f.AsAlice(() => Sys.ConnectUnix(Socket(f), "s")));
        }),
        new("a renamed socket is still reached", f =>
        {
            long server = Socket(f);
            Ok(Sys.BindUnix(server, "s"));
            Ok(Sys.Listen(server, 1));
            Ok(Sys.Rename("s", "t"));
            Ok(Sys.ConnectUnix(Socket(f), "t"));
        }),
    ]);

    private static long Socket(CheckFolder f)
    {
        long fd = Ok(Sys.Socket(AF_UNIX, SOCK_STREAM));
        f.Defer(() => Sys.Close(fd));
        return fd;
    }
}

using System.ComponentModel;
using System.Diagnostics;

namespace ByteFuse.PosixSuite;

/// <summary>Programs run from the file system, and programs that hang in it.</summary>
internal static class ExecuteChecks
{
    internal static CheckGroup Group { get; } = new("execute",
    [
        new("a binary runs", f =>
        {
            CopyProgram(f, "/bin/echo", 755);
            Same("hello\n", Command.Run(f.Path + "/program", ["hello"]).Output);
        }),
        new("a script runs", f =>
        {
            f.Create("program", 755, "#!/bin/sh\necho script\n");
            Same("script\n", Command.Run(f.Path + "/program", []).Output);
        }),
        new("a file without an x bit is EACCES", f =>
        {
            CopyProgram(f, "/bin/echo", 644);
            Same(EACCES, StartErrno(f));
        }),
        new("a chmod makes it run and stop running", f =>
        {
            CopyProgram(f, "/bin/echo", 644);
            Ok(Sys.Chmod("program", Octal(755)));
            Same("x\n", Command.Run(f.Path + "/program", ["x"]).Output);
            Ok(Sys.Chmod("program", Octal(644)));
            Same(EACCES, StartErrno(f));
        }),
        new("a binary open for writing is ETXTBSY", f =>
        {
            CopyProgram(f, "/bin/echo", 755);
            f.Open("program", O_WRONLY);
            Same(ETXTBSY, StartErrno(f));
        }),
        new("a running binary cannot be opened for writing or truncated: ETXTBSY", f =>
        {
            CopyProgram(f, "/bin/sleep", 755);
            // The image is busy from the exec on, for which Process.Start waits.
            Process process = Start(f, f.Path + "/program", ["60"]);
            Fails(ETXTBSY, Sys.Open("program", O_WRONLY));
            Fails(ETXTBSY, Sys.Truncate("program", 0));
            End(process);
            Ok(Sys.Truncate("program", 0));
        }),
        new("a running binary can be renamed, unlinked and replaced", f =>
        {
            CopyProgram(f, "/bin/sleep", 755);
            Process process = Start(f, f.Path + "/program", ["60"]);
            Ok(Sys.Rename("program", "old"));
            Ok(Sys.Unlink("old"));
            CopyProgram(f, "/bin/echo", 755);
            Same("new\n", Command.Run(f.Path + "/program", ["new"]).Output);
            True(!process.HasExited);
        }),
        new("a suid binary runs as its owner", f =>
        {
            CopyProgram(f, "/usr/bin/id", 755);
            f.Own("program");
            Ok(Sys.Chmod("program", Octal(4755)));
            Same($"{CheckFolder.Alice}\n", Command.Run(f.Path + "/program", ["-u"]).Output);
        }),
        new("a shell with its working folder here", f =>
            Same($"{f.Path}\n", Command.Run("/bin/sh", ["-c", $"cd {f.Path} && pwd -P"]).Output)),
        new("F_GETLK names another process's id", f =>
        {
            // Perl is essential on Debian; struct flock of 64-bit Linux is packed by hand.
            f.Create("a", 666, "0123456789");
            f.Create("go", 755, "open my $f,'+<','a' or die; my $l=pack('ssx4qqix4',1,0,2,3,0); fcntl($f,6,$l) or die; "
                + "open my $r,'>','locked'; close $r; sleep 60;");
            Process holder = Start(f, "/usr/bin/perl", ["-e", $"chdir '{f.Path}'; do './go'"]);
            while (Sys.Stat("locked", out _) != 0)
                Thread.Sleep(5);
            var range = new LockRange { Type = F_WRLCK };
            Ok(Sys.FcntlLock(f.Open("a", O_RDWR), F_GETLK, ref range));
            Same(F_WRLCK, range.Type);
            Same(holder.Id, range.Pid);
            Same((2L, 3L), (range.Start, range.Length));
        }),
        new("kill -9 of the holder frees its locks", f =>
        {
            f.Create("a", 666);
            f.Create("go", 755, "open my $f,'+<','a' or die; flock($f,2) or die; open my $r,'>','locked'; close $r; sleep 60;");
            Process holder = Start(f, "/usr/bin/perl", ["-e", $"chdir '{f.Path}'; do './go'"]);
            while (Sys.Stat("locked", out _) != 0)
                Thread.Sleep(5);
            long fd = f.Open("a", O_RDWR);
            Fails(EAGAIN, Sys.Flock(fd, LOCK_EX | LOCK_NB));
            holder.Kill();
            Ok(Sys.Flock(fd, LOCK_EX));
        }),
        .. new[] { ("flock", "flock($f,2)"), ("fcntl", "my $l=pack('ssx4qqix4',1,0,0,0,0); fcntl($f,7,$l)") }.Select(row =>
            new Check($"kill -9 of a process parked in {row.Item1} ends it", f =>
            {
                f.Create("a", 666);
                f.Create("go", 755, $"open my $f,'+<','a' or die; open my $r,'>','ready'; close $r; {row.Item2} or die;");
                long fd = f.Open("a", O_RDWR);
                Ok(row.Item1 == "flock" ? Sys.Flock(fd, LOCK_EX) : Sys.FcntlLock(fd, F_SETLK, F_WRLCK, 0, 0));
                Process waiter = Start(f, "/usr/bin/perl", ["-e", $"chdir '{f.Path}'; do './go'"]);
                while (Sys.Stat("ready", out _) != 0)
                    Thread.Sleep(5);
                Thread.Sleep(100);
                True(!waiter.HasExited);
                waiter.Kill();
                waiter.WaitForExit();
            })),
    ]);

    private static void CopyProgram(CheckFolder f, string source, int mode)
    {
        // By our own descriptors, closed before anything starts: a descriptor that leaked into a child would be ETXTBSY.
        byte[] bytes = File.ReadAllBytes(source);
        long fd = Ok(Sys.Open("program", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, Octal(mode)));
        Pattern.Write(fd, bytes, 0);
        Ok(Sys.Close(fd));
        Same((long)bytes.Length, StatOf("program").Size);
    }

    // Killed and waited for at the end of the check: what stays behind would keep the mount busy.
    private static Process Start(CheckFolder f, string program, string[] arguments)
    {
        Process process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = "/" })
            ?? throw new InvalidOperationException($"cannot start {program}");
        f.Defer(() =>
        {
            End(process);
            process.Dispose();
        });
        return process;
    }

    private static int StartErrno(CheckFolder f)
    {
        try
        {
            Start(f, f.Path + "/program", []).WaitForExit();
            return 0;
        }
        catch (Win32Exception refused)
        {
            return refused.NativeErrorCode;
        }
    }

    private static void End(Process process)
    {
        process.Kill();
        process.WaitForExit();
    }
}

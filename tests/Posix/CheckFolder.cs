using System.Runtime.CompilerServices;
using System.Text;

namespace ByteFuse.PosixSuite;

/// <summary>
/// The empty folder of one check: its working folder (so that names are relative), owned by root, mode 0777, umask 0. Closes at
/// the end what was opened through it and runs what was deferred, last first.
/// </summary>
internal sealed class CheckFolder(string path, bool asRootOnly) : IDisposable
{
    /// <summary>User and group ids that need no entry in /etc/passwd.</summary>
    internal const int Alice = 10001, Bob = 10002, Staff = 20001, Guests = 20002;

    private readonly List<Action> _deferred = [];

    /// <summary>The absolute path.</summary>
    internal string Path { get; } = path;

    public void Dispose()
    {
        for (int i = _deferred.Count - 1; i >= 0; i--)
            _deferred[i]();
        _deferred.Clear();
    }

    internal void Defer(Action action) => _deferred.Add(action);

    /// <summary>Opens and expects success; closed at the end of the check.</summary>
    internal long Open(string name, int flags, int mode = 0, [CallerLineNumber] int line = 0)
    {
        long fd = Ok(Sys.Open(name, flags | O_CLOEXEC, mode), $"open {Short(name)}", line);
        Defer(() => Sys.Close(fd));
        return fd;
    }

    /// <summary>Creates a regular file with this content.</summary>
    internal void Create(string name, int mode = 644, string content = "", [CallerLineNumber] int line = 0)
    {
        long fd = Ok(Sys.Open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, Octal(mode)), $"create {Short(name)}", line);
        if (content.Length > 0)
            Same((long)content.Length, Sys.Write(fd, Encoding.Latin1.GetBytes(content)), $"write {Short(name)}", line);
        Ok(Sys.Close(fd), $"close {Short(name)}", line);
    }

    internal void Mkdir(string name, int mode = 755, [CallerLineNumber] int line = 0) =>
        Ok(Sys.Mkdir(name, Octal(mode)), $"mkdir {Short(name)}", line);

    /// <summary>The whole content of a small file.</summary>
    internal string Content(string name, [CallerLineNumber] int line = 0)
    {
        long fd = Ok(Sys.Open(name, O_RDONLY | O_CLOEXEC), $"open {Short(name)}", line);
        var buffer = new byte[1 << 16];
        long length = Ok(Sys.Read(fd, buffer), $"read {Short(name)}", line);
        Sys.Close(fd);
        return Encoding.Latin1.GetString(buffer, 0, (int)length);
    }

    /// <summary>The names in a folder, sorted, without "." and "..".</summary>
    internal string[] Names(string folder = ".", [CallerLineNumber] int line = 0)
    {
        Ok(Sys.ReadDirectory(folder, out List<DirectoryEntry> entries), $"read folder {Short(folder)}", line);
        return [.. entries.Select(entry => entry.Name).Where(name => name is not ("." or "..")).Order(StringComparer.Ordinal)];
    }

    /// <summary>Runs as someone else; what it returns comes back, what it throws comes out.</summary>
    internal long As(Credentials who, Func<long> body)
    {
        if (asRootOnly)
            throw new CheckSkippedException("acts as another user, and --as-root-only was given");
        return TaskThread.As(who, body);
    }

    /// <summary>Alice, in her own group of the same number and these.</summary>
    internal long AsAlice(Func<long> body, params int[] groups) => As(Credentials.User(Alice, Alice, groups), body);

    internal long AsBob(Func<long> body, params int[] groups) => As(Credentials.User(Bob, Bob, groups), body);

    /// <summary>Creates a file or folder entry for Alice.</summary>
    internal void Own(string name, int uid = Alice, int gid = Alice, [CallerLineNumber] int line = 0) =>
        Ok(Sys.Lchown(name, uid, gid), $"lchown {Short(name)}", line);

    /// <summary>
    /// Lets the kernel's coarse clock move, so that a time stamped afterwards differs: a jiffy is at most 10 ms (CONFIG_HZ 100).
    /// </summary>
    internal static void Tick() => Thread.Sleep(21);

    private static string Short(string name) => name.Length > 60 ? name[..60] + "..." : name;
}

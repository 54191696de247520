using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using static ByteFuse.Testing.Abi;

namespace ByteFuse.Testing;

/// <summary>
/// A program that uses a directory and knows what must be in it: whatever a call returns or reads that differs is a fault. It
/// notices the end of no daemon, but for the time that a call takes.
/// </summary>
public sealed class LoadWorker(string place, int seed, bool mayFail = false)
{
    private const int MostFiles = 24;
    private const int LongestFile = 200_000;

    private readonly Random random = new(seed);
    private readonly Dictionary<string, byte[]> files = [];
    private readonly HashSet<string> folders = [];
    private readonly List<(long Descriptor, byte[] Content)> unnamed = [];
    private readonly Dictionary<string, (long Descriptor, byte[] Content)> held = [];
    private readonly HashSet<long> opened = [];
    private string? next;
    private int names;

    private string Folder => next ?? place;

    /// <summary>What was not as it must be.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>True once something was not; from any thread.</summary>
    public bool HasFaults { get; private set; }

    /// <summary>Calls that failed as the kernel handed them to a daemon that was dying.</summary>
    public long Canceled { get; private set; }

    /// <summary>Calls made.</summary>
    public long Calls { get; private set; }

    /// <summary>The longest that one took.</summary>
    public TimeSpan Longest { get; private set; }

    /// <summary>Works until it is told to stop, then looks at everything once more.</summary>
    public void Run(CancellationToken stop)
    {
        Try(() => Must(Time(() => Sys.Mkdir(Folder)), "mkdir", Folder));
        while (!stop.IsCancellationRequested && !HasFaults) Try(Step);
        Try(CheckAll);
        foreach (var (descriptor, _) in unnamed) Close(descriptor, "unnamed");
        unnamed.Clear();
        while (held.Count > 0) Try(() => Drop(held.Keys.First()));
    }

    // The kernel fails what it hands to a process that is dying, with ECANCELED, of which read(2) makes EIO. What has become of it is not
    // known: the worker goes on in another directory.
    private void Try(Action step)
    {
        try
        {
            step();
        }
        catch (CanceledException)
        {
            // Those that the step had open, too: they would keep the mount busy.
            foreach (var descriptor in opened) Sys.Close(descriptor);
            opened.Clear();
            unnamed.Clear();
            held.Clear();
            files.Clear();
            folders.Clear();
            next = $"{place}-{Canceled}";
            Try(() => Must(Time(() => Sys.Mkdir(Folder)), "mkdir", Folder));
        }
    }

    /// <summary>Compares the whole directory with what must be in it.</summary>
    public void CheckAll()
    {
        CheckListing();
        foreach (var name in files.Keys) CheckFile(name);
        foreach (var (descriptor, content) in unnamed) CheckContent(descriptor, content, "unnamed");
        foreach (var (name, (descriptor, content)) in held) CheckContent(descriptor, content, name);
    }

    private void Step()
    {
        switch (random.Next(15))
        {
            case 0 or 1 or 2: Create(); break;
            case 3: Append(); break;
            case 4: Overwrite(); break;
            case 5: Rename(); break;
            case 6: Unlink(); break;
            case 7: MakeFolder(); break;
            case 8: RemoveFolder(); break;
            case 9: UnlinkOpen(); break;
            case 10: UseUnnamed(); break;
            case 11: Punch(); break;
            case 12: Hold(); break;
            case 13: OpenAgain(); break;
            default:
                if (random.Next(4) == 0) CheckListing();
                else if (Any() is { } name) CheckFile(name);
                break;
        }
    }

    // O_EXCL: one that was executed and is executed again says EEXIST.
    private void Create()
    {
        if (files.Count >= MostFiles)
        {
            Unlink();
            return;
        }
        var name = $"f{names++}";
        var descriptor = Open(name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, "create");
        var content = Bytes(random.Next(0, 20_000));
        Must(Write(descriptor, content), "write", name, content.Length);
        CheckContent(descriptor, content, name);
        Close(descriptor, name);
        files[name] = content;
    }

    private void Append()
    {
        if (Any() is not { } name || files[name].Length > LongestFile) return;
        var descriptor = Open(name, O_WRONLY | O_APPEND | O_CLOEXEC, "open");
        for (var i = random.Next(1, 6); i > 0; i--)
        {
            var more = Bytes(random.Next(1, 3000));
            Must(Write(descriptor, more), "append", name, more.Length);
            files[name] = [.. files[name], .. more];
        }
        Close(descriptor, name);
    }

    private void Overwrite()
    {
        if (Any() is not { } name || files[name].Length == 0) return;
        var content = files[name];
        var descriptor = Open(name, O_RDWR | O_CLOEXEC, "open");
        var at = random.Next(content.Length);
        var part = Bytes(random.Next(1, content.Length - at + 1));
        Must(Time(() => Sys.Pwrite(descriptor, part, at)), "pwrite", name, part.Length);
        part.CopyTo(content, at);
        CheckContent(descriptor, content, name);
        Close(descriptor, name);
    }

    private void Rename()
    {
        if (Any() is not { } from) return;
        // Onto a new name, or over another file.
        var to = random.Next(3) == 0 ? Any()! : $"r{names++}";
        Must(Time(() => Sys.Rename(Path.Combine(Folder, from), Path.Combine(Folder, to))), "rename", $"{from} {to}");
        var content = files[from];
        files.Remove(from);
        files[to] = content;
    }

    private void Unlink()
    {
        if (Any() is not { } name) return;
        Must(Time(() => Sys.Unlink(Path.Combine(Folder, name))), "unlink", name);
        files.Remove(name);
    }

    private void MakeFolder()
    {
        if (folders.Count >= MostFiles) return;
        var name = $"d{names++}";
        Must(Time(() => Sys.Mkdir(Path.Combine(Folder, name))), "mkdir", name);
        folders.Add(name);
    }

    private void RemoveFolder()
    {
        if (folders.Count == 0) return;
        var name = folders.ElementAt(random.Next(folders.Count));
        Must(Time(() => Sys.Rmdir(Path.Combine(Folder, name))), "rmdir", name);
        folders.Remove(name);
    }

    private void UnlinkOpen()
    {
        if (unnamed.Count >= 4 || Any() is not { } name) return;
        var descriptor = Open(name, O_RDWR | O_CLOEXEC, "open");
        Must(Time(() => Sys.Unlink(Path.Combine(Folder, name))), "unlink", name);
        unnamed.Add((descriptor, files[name]));
        files.Remove(name);
    }

    private void UseUnnamed()
    {
        if (unnamed.Count == 0) return;
        var index = random.Next(unnamed.Count);
        var (descriptor, content) = unnamed[index];
        CheckContent(descriptor, content, "unnamed");
        var more = Bytes(random.Next(1, 2000));
        Must(Time(() => Sys.Pwrite(descriptor, more, content.Length)), "pwrite", "unnamed", more.Length);
        unnamed[index] = (descriptor, [.. content, .. more]);
        if (random.Next(3) != 0) return;
        Close(descriptor, "unnamed");
        unnamed.RemoveAt(index);
    }

    // Stays open over deaths, so that later opens have to agree with this one.
    private void Hold()
    {
        if (held.Count >= 4)
        {
            Drop(held.Keys.ElementAt(random.Next(held.Count)));
            return;
        }
        var name = $"h{names++}";
        var descriptor = Open(name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, "create");
        var content = Bytes(random.Next(0, 3000));
        Must(Write(descriptor, content), "write", name, content.Length);
        held[name] = (descriptor, content);
    }

    private void OpenAgain()
    {
        if (held.Count == 0) return;
        var name = held.Keys.ElementAt(random.Next(held.Count));
        var (descriptor, content) = held[name];
        var access = random.Next(3) switch { 0 => O_RDONLY, 1 => O_RDWR, _ => O_RDWR | O_APPEND };
        var second = Open(name, access | O_CLOEXEC, "open again");
        if (access != O_RDONLY)
        {
            var more = Bytes(random.Next(1, 3000));
            Must(Time(() => (access & O_APPEND) != 0 ? Sys.Write(second, more) : Sys.Pwrite(second, more, content.Length)), "append", name, more.Length);
            content = [.. content, .. more];
            held[name] = (descriptor, content);
        }
        CheckContent(second, content, name);
        CheckContent(descriptor, content, name);
        Testing.FileStatus status = default;
        Must(Time(() => Sys.Fstat(second, out status)), "fstat", name);
        if (status.Size != content.Length) Fault($"fstat {name}: {status.Size} bytes, not {content.Length}");
        Close(second, name);
        if (content.Length > LongestFile) Drop(name);
    }

    private void Drop(string name)
    {
        Close(held[name].Descriptor, name);
        held.Remove(name);
        Must(Time(() => Sys.Unlink(Path.Combine(Folder, name))), "unlink", name);
    }

    private void Punch()
    {
        if (Any() is not { } name || files[name].Length < 2) return;
        var content = files[name];
        var (at, length) = (random.Next(content.Length - 1), 0);
        length = random.Next(1, content.Length - at);
        var descriptor = Open(name, O_RDWR | O_CLOEXEC, "open");
        Must(Time(() => Sys.Fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, length)), "punch", name);
        content.AsSpan(at, length).Clear();
        CheckContent(descriptor, content, name);
        Close(descriptor, name);
    }

    private void CheckFile(string name)
    {
        var descriptor = Open(name, O_RDONLY | O_CLOEXEC, "open");
        CheckContent(descriptor, files[name], name);
        Close(descriptor, name);
    }

    private void CheckContent(long descriptor, byte[] expected, string name)
    {
        if (descriptor < 0) return;
        var read = new byte[expected.Length + 1];
        var length = Time(() => Sys.Pread(descriptor, read, 0));
        // A part may have failed.
        if (mayFail && length < expected.Length) length = Time(() => Sys.Pread(descriptor, read, 0));
        if (length != expected.Length) Fault($"{name} has {length} bytes, not {expected.Length}");
        else if (!read.AsSpan(0, expected.Length).SequenceEqual(expected)) Fault($"{name} differs at byte {read.AsSpan().CommonPrefixLength(expected)}");
    }

    private void CheckListing()
    {
        List<DirectoryEntry> entries = [];
        Must(Time(() => Sys.ReadDirectory(Folder, out entries)), "readdir", Folder);
        var found = entries.Select(entry => entry.Name).Where(name => name is not ("." or "..")).Order(StringComparer.Ordinal);
        var expected = files.Keys.Concat(folders).Concat(held.Keys).Order(StringComparer.Ordinal);
        if (!found.SequenceEqual(expected)) Fault($"listing: {string.Join(' ', found.Except(expected))} too much, {string.Join(' ', expected.Except(found))} missing");
    }

    private long Write(long descriptor, byte[] bytes) => bytes.Length == 0 ? 0 : Time(() => Sys.Write(descriptor, bytes));

    private long Time(Func<long> call)
    {
        var started = Stopwatch.GetTimestamp();
        var result = call();
        var took = Stopwatch.GetElapsedTime(started);
        if (took > Longest) Longest = took;
        Calls++;
        if (mayFail && result is (-ECANCELED or -EIO)) Cancel();
        return result;
    }

    [DoesNotReturn]
    private void Cancel()
    {
        Canceled++;
        throw new CanceledException();
    }

    private long Open(string name, int flags, string call)
    {
        var descriptor = Must(Time(() => Sys.Open(Path.Combine(Folder, name), flags, 0x1A4)), call, name);
        if (descriptor >= 0) opened.Add(descriptor);
        return descriptor;
    }

    private void Close(long descriptor, string name)
    {
        opened.Remove(descriptor);
        Must(Sys.Close(descriptor), "close", name);
    }

    private long Must(long result, string call, string name, long? expected = null)
    {
        if (result < 0) Fault($"{call} {name}: {ErrnoName(result)}");
        // The kernel makes more than one request of a write whose bytes are not all in memory yet, and says how far it came.
        else if (mayFail && result < expected) Cancel();
        else if (expected is { } length && result != length) Fault($"{call} {name}: {result} of {length} bytes");
        return result;
    }

    private void Fault(string what)
    {
        Faults.Add(what);
        HasFaults = true;
    }

    private string? Any() => files.Count == 0 ? null : files.Keys.ElementAt(random.Next(files.Count));

    private byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private sealed class CanceledException : Exception;
}

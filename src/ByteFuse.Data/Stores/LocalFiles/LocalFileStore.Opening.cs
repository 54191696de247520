using System.Text;
using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Data.Stores.LocalFiles;

/// <summary>Opening, closing and walking through a store.</summary>
public sealed partial class LocalFileStore
{
    /// <summary>
    /// Files kept open at most: the working set of a busy node, and some 8 MiB of kernel memory (a struct file, and an inode
    /// that would otherwise be reclaimable).
    /// </summary>
    public const int MaximumDescriptorBound = 8192;

    /// <summary>
    /// Opens the store in an existing directory, and locks it. Raises the process's limit of open files to what it may be: half
    /// of it may be kept open here, the other half is for operations in flight, mounts and sockets.
    /// </summary>
    /// <param name="directory">The directory; empty, or one that such a store has used.</param>
    /// <param name="descriptorBound">Files kept open at most, at least 1; null is the default.</param>
    /// <param name="blocking">For calls that block; null for the reactors' own.</param>
    /// <exception cref="DataOpenException">The directory cannot be used.</exception>
    public static LocalFileStore Open(string directory, int? descriptorBound = null, BlockingCalls? blocking = null)
    {
        if (descriptorBound is { } given) ArgumentOutOfRangeException.ThrowIfLessThan(given, 1, nameof(descriptorBound));
        var opened = FileCalls.Open(directory, OpenFlags.ReadOnly | OpenFlags.Directory);
        if (!opened.Succeeded) throw new DataOpenException($"data directory {directory}: {Explain(opened.Error)}");
        var root = opened.Value;
        var locked = FileCalls.Lock(root, LockOperations.Exclusive | LockOperations.NonBlocking);
        if (!locked.Succeeded)
        {
            FileCalls.Close(root);
            throw new DataOpenException($"data directory {directory}: {Explain(locked.Error)}");
        }
        return new LocalFileStore(directory, root, descriptorBound ?? DefaultDescriptorBound(), blocking);
    }

    /// <summary>Closes all files and unlocks the directory; no operation is in flight any more.</summary>
    public void Dispose()
    {
        if (disposed) return;
        disposed = true;
        files.Dispose();
        FileCalls.Close(root);
    }

    /// <summary>
    /// All files below the directory, for checking a volume that is not mounted; blocks. A file that vanishes meanwhile is left
    /// out.
    /// </summary>
    /// <exception cref="IOException">A folder or a file cannot be read.</exception>
    public IEnumerable<StoredFile> Scan()
    {
        foreach (var path in System.IO.Directory.EnumerateFiles(Directory, "*", EveryFile))
        {
            var relative = Path.GetRelativePath(Directory, path);
            var error = FileCalls.GetStatusAt(root, relative, AtFlags.SymlinkNoFollow, out var status);
            if (error == Errno.ENOENT) continue;
            if (error != Errno.None) throw new IOException($"{path}: {error}");
            yield return new StoredFile(relative, DataIdOf(relative, status), status.Size, status.Blocks512);
        }
    }

    private static readonly EnumerationOptions EveryFile = new()
    {
        RecurseSubdirectories = true,
        // A folder that cannot be read must not look empty to fsck.
        IgnoreInaccessible = false,
        AttributesToSkip = FileAttributes.None,
    };

    private static ulong? DataIdOf(string relative, FileStatus status)
    {
        Span<byte> expected = stackalloc byte[FolderLayout.PathLength];
        if (!status.IsRegularFile || !FolderLayout.TryParseName(Encoding.UTF8.GetBytes(Path.GetFileName(relative)), out var dataId)) return null;
        FolderLayout.WritePath(dataId, expected);
        return Encoding.UTF8.GetBytes(relative).AsSpan().SequenceEqual(expected[..^1]) ? dataId : null;
    }

    private static int DefaultDescriptorBound()
    {
        if (ProcessCalls.GetLimit(ProcessCalls.OpenFilesLimit, out var soft, out var hard) != Errno.None) return 1;
        // Refused where a sandbox forbids it; then the present limit is what there is.
        if (soft < hard && ProcessCalls.SetLimit(ProcessCalls.OpenFilesLimit, hard, hard).Succeeded) soft = hard;
        return (int)Math.Clamp(soft / 2, 1, MaximumDescriptorBound);
    }

    private static string Explain(Errno error) => error switch
    {
        Errno.ENOENT => "does not exist",
        Errno.ENOTDIR => "is not a directory",
        Errno.EACCES => "permission denied",
        Errno.EAGAIN => "is in use by another process",
        _ => error.ToString(),
    };
}

/// <summary>A file below the directory of a <see cref="LocalFileStore"/>.</summary>
/// <param name="Path">Relative to the directory.</param>
/// <param name="DataId">Its data id; null where this is no file of the store, or does not lie where it should.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Blocks">Allocated units of 512 bytes.</param>
public readonly record struct StoredFile(string Path, ulong? DataId, long Size, long Blocks);

using System.Text;
using System.Text.Json;
using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>
/// The directory of a volume, held by this process alone: volume.json, lock, meta/ and data/. The lock is a flock(2) on
/// DIR/lock, so that it ends with the process however that ends.
/// </summary>
public sealed class VolumeDirectory : IDisposable
{
    private int lockDescriptor;

    private VolumeDirectory(string path, int lockDescriptor)
    {
        Root = path;
        this.lockDescriptor = lockDescriptor;
    }

    /// <summary>The directory.</summary>
    public string Root { get; }

    /// <summary>The metadata store.</summary>
    public string Metadata => Path.Combine(Root, "meta");

    /// <summary>The file contents.</summary>
    public string Data => Path.Combine(Root, "data");

    /// <summary>The lock, for a keeper: it is held as long as anybody has a descriptor of the same open file.</summary>
    public int LockDescriptor => lockDescriptor;

    private string DescriptionFile => DescriptionOf(Root);

    /// <summary>True where a volume's description lies.</summary>
    public static bool HoldsVolume(string directory) => File.Exists(DescriptionOf(directory));

    /// <summary>Takes the lock of an existing directory; a <see cref="Refusal"/> where another process has it.</summary>
    public static VolumeDirectory Hold(string directory)
    {
        var opened = FileCalls.Open(LockOf(directory), OpenFlags.ReadWrite | OpenFlags.Create, 0x180);
        if (!opened.Succeeded) throw new Refusal(ExitCode.Failure, $"{directory}/lock: {opened.Error.Describe()}");
        var locked = FileCalls.Lock(opened.Value, LockOperations.Exclusive | LockOperations.NonBlocking);
        if (locked.Succeeded)
        {
            if (WasRemoved(opened.Value))
            {
                FileCalls.Close(opened.Value);
                return Hold(directory);
            }
            NameHolder(opened.Value);
            return new VolumeDirectory(directory, opened.Value);
        }
        var holder = Holder(opened.Value);
        FileCalls.Close(opened.Value);
        if (locked.Error == Errno.EAGAIN) throw new Refusal(ExitCode.Busy, $"file://{directory} is held by another daemon{holder}");
        throw new Refusal(ExitCode.Failure, $"{directory}/lock: {locked.Error.Describe()}");
    }

    /// <summary>
    /// Goes on with the lock that a daemon had which died, from the descriptor that was kept of it: the directory's from now on. A
    /// <see cref="Refusal"/> where it is not held by it.
    /// </summary>
    public static VolumeDirectory TakeOver(string directory, int lockDescriptor)
    {
        var locked = FileCalls.Lock(lockDescriptor, LockOperations.Exclusive | LockOperations.NonBlocking);
        if (!locked.Succeeded) throw new Refusal(ExitCode.Busy, $"file://{directory}: its lock cannot be taken over: {locked.Error.Describe()}");
        NameHolder(lockDescriptor);
        return new VolumeDirectory(directory, lockDescriptor);
    }

    /// <summary>Reads the volume.json of a URL's directory, and makes sure that both have the metadata in the same place.</summary>
    public static VolumeDescription ReadDescription(VolumeUrl url)
    {
        var description = ReadDescription(url.Directory);
        if (url.Postgres is null && description.Metadata is { } elsewhere)
            throw new Refusal(ExitCode.Usage, $"{url}: the metadata of this volume is not in the directory; use {elsewhere}");
        if (url.Postgres is not null && description.Metadata is null)
            throw new Refusal(ExitCode.Corrupt, $"{url}: its data is to be in {url.Directory}, which holds another volume");
        return description;
    }

    /// <summary>Reads volume.json; a <see cref="Refusal"/> where there is none, or one of a newer format, or a damaged one.</summary>
    public static VolumeDescription ReadDescription(string directory)
    {
        if (!Directory.Exists(directory)) throw new Refusal(ExitCode.Failure, $"{directory}: there is no such directory");
        if (!HoldsVolume(directory)) throw new Refusal(ExitCode.Failure, $"{directory} holds no volume; make one with: bytefuse format file://{directory}");
        VolumeDescription? description;
        try
        {
            description = JsonSerializer.Deserialize(File.ReadAllBytes(DescriptionOf(directory)), VolumeJson.Default.VolumeDescription);
        }
        catch (JsonException)
        {
            description = null;
        }
        if (description is not { Kind: VolumeDescription.Signature, Format: > 0 })
            throw new Refusal(ExitCode.Corrupt, $"{DescriptionOf(directory)} is damaged: it does not describe a volume");
        if (description.Format > VolumeDescription.CurrentFormat)
        {
            throw new Refusal(ExitCode.NewerFormat,
                $"file://{directory} has format {description.Format}; this version knows formats up to {VolumeDescription.CurrentFormat}");
        }
        return description;
    }

    /// <summary>Makes the directory a volume, durably: written beside, synced, renamed, and the directory synced.</summary>
    public void WriteDescription(VolumeDescription description)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(description, VolumeJson.Default.VolumeDescription);
        DurableFile.Write(DescriptionFile, json);
    }

    /// <summary>Makes the directory no volume any more, durably, before its stores are erased.</summary>
    public void RemoveDescription() => DurableFile.Remove(DescriptionFile);

    /// <summary>Removes the lock's file, while it is held: nobody is to find a lock in a directory that became no volume.</summary>
    public void RemoveLock() => File.Delete(LockOf(Root));

    /// <summary>Gives the lock back.</summary>
    public void Dispose()
    {
        if (lockDescriptor < 0) return;
        FileCalls.Close(lockDescriptor);
        lockDescriptor = -1;
    }

    private static string DescriptionOf(string directory) => Path.Combine(directory, "volume.json");

    private static string LockOf(string directory) => Path.Combine(directory, "lock");

    // By whoever held it between our open and our flock: a lock that has no name keeps nobody out.
    private static bool WasRemoved(int fd) => FileCalls.GetStatus(fd, out var status) == Errno.None && status.LinkCount == 0;

    private static void NameHolder(int fd)
    {
        // For whoever is refused; the lock itself is what counts.
        FileCalls.Truncate(fd, 0);
        FileCalls.WriteAt(fd, Encoding.ASCII.GetBytes($"{Environment.ProcessId}\n"), 0);
    }

    private static string Holder(int fd)
    {
        Span<byte> text = stackalloc byte[16];
        var read = FileCalls.ReadAt(fd, text, 0);
        return read.Succeeded && int.TryParse(Encoding.ASCII.GetString(text[..read.Value]).Trim(), out var pid) ? $" (pid {pid})" : "";
    }
}

using System.Security.Cryptography;
using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Reactor;

namespace ByteFuse.Daemon;

/// <summary>Makes a directory an empty volume.</summary>
public static class VolumeFormatter
{
    /// <summary>
    /// Formats. Without <paramref name="force"/> only an empty or missing directory is taken (lost+found does not count);
    /// with it, a volume that is there is erased, and other files are left alone. A volume that a daemon holds is never
    /// touched. Whatever stands in the way is a <see cref="Refusal"/>; of a volume that could not be made, nothing is left.
    /// </summary>
    public static VolumeDescription Format(VolumeUrl url, bool force)
    {
        var directory = url.Directory;
        Prepare(directory, force);
        using var held = VolumeDirectory.Hold(directory);
        // Once more, under the lock: somebody may have formatted it in between.
        if (!force && VolumeDirectory.HoldsVolume(directory)) throw HoldsVolume(url);
        held.RemoveDescription();
        try
        {
            return Write(held);
        }
        catch
        {
            Withdraw(held);
            throw;
        }
    }

    private static VolumeDescription Write(VolumeDirectory held)
    {
        Erase(held.Metadata);
        Erase(held.Data);
        var identity = RandomBits();
        var now = DateTimeOffset.UtcNow;
        WriteStores(held, identity, now);
        var description = new VolumeDescription
        {
            Kind = VolumeDescription.Signature,
            Format = VolumeDescription.CurrentFormat,
            Identity = identity.ToString("x32"),
            Formatted = now,
        };
        held.WriteDescription(description);
        return description;
    }

    // What is half made would be in the way of the next attempt, which would then need --force.
    private static void Withdraw(VolumeDirectory held)
    {
        try
        {
            held.RemoveDescription();
            Erase(held.Metadata);
            Erase(held.Data);
            held.RemoveLock();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // What the formatting itself failed with is the one to tell; the next attempt names what is in its way.
        }
    }

    private static void Prepare(string directory, bool force)
    {
        if (File.Exists(directory)) throw new Refusal(ExitCode.Failure, $"{directory} is not a directory");
        Directory.CreateDirectory(directory);
        if (force) return;
        if (VolumeDirectory.HoldsVolume(directory)) throw HoldsVolume(VolumeUrl.Parse("file://" + Uri.EscapeDataString(directory).Replace("%2F", "/")));
        var other = Directory.EnumerateFileSystemEntries(directory).Select(Path.GetFileName).FirstOrDefault(name => name != "lost+found");
        if (other is not null)
            throw new Refusal(ExitCode.Failure, $"{directory} is not empty (it holds {other}); --force formats it all the same");
    }

    private static Refusal HoldsVolume(VolumeUrl url) =>
        new(ExitCode.Failure, $"{url} holds a volume already; --force erases it and everything in it");

    private static void Erase(string directory)
    {
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
    }

    private static void WriteStores(VolumeDirectory held, UInt128 identity, DateTimeOffset now)
    {
        using var reactors = new ReactorSet(new ReactorOptions { MaximumReactors = 1 });
        using var stores = VolumeStores.Create(held, reactors.BlockingCalls);
        var cookieKey = RandomBits();
        var formatted = FileTime.FromUnixNanoseconds((now - DateTimeOffset.UnixEpoch).Ticks * 100);
        var error = reactors.RunOn(0, () => Volume.Format(stores.Metadata, identity, cookieKey, formatted));
        if (error == Errno.None) error = reactors.RunOn(0, stores.Data.SyncAll);
        if (error != Errno.None) throw new Refusal(ExitCode.Failure, $"{held.Root}: formatting failed: {error.Describe()}");
    }

    private static UInt128 RandomBits()
    {
        Span<byte> bits = stackalloc byte[16];
        RandomNumberGenerator.Fill(bits);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(bits);
    }
}

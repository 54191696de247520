using ByteFuse.Linux;
using ByteFuse.Metadata;
using Xunit;

namespace ByteFuse.FileSystem.Tests;

/// <summary>What a volume of <see cref="CheckTests"/> holds.</summary>
internal sealed record CheckedVolume(ulong File, ulong Linked, ulong Folder, ulong Nested, ulong Symlink);

/// <summary>One kind of damage: how it is done behind the volume's back, and what the check says of it.</summary>
/// <param name="Problems">Parts of the lines of the report, in any order; one line each.</param>
/// <param name="Do">Does the damage.</param>
internal sealed record CheckDamage(string[] Problems, Action<VolumeFixture, CheckedVolume> Do)
{
    /// <summary>Parts of lines that repairing adds: what follows from a repair is repaired too.</summary>
    public string[] Consequences { get; init; } = [];

    /// <summary>Numbers that no inode has, nor gets: the highest is that of an orphan, after which the next is counted.</summary>
    private const ulong Missing = 2_000;

    /// <summary>Past all numbers that may have been used: no crash leaves bytes there.</summary>
    private const ulong NotHandedOut = 1_000_000;

    private const ulong Root = VolumeOperations.Root;

    public static IReadOnlyDictionary<string, CheckDamage> All { get; } = new Dictionary<string, CheckDamage>
    {
        ["name of a missing inode"] = new(["is missing"], (volume, _) => Name(volume, "stray", Missing, FileMode.Regular)),
        ["name of another type"] = new(["its type is not that"], (volume, all) => Name(volume, "stray", all.Linked, FileMode.Directory)),
        ["name at a wrong cookie"] = new(["its cookie is not that"], (volume, all) => volume.Commit(commit =>
            commit.PutDentry(Keys.Dentry(Root, 12345, "stray"u8), all.Linked, FileMode.Regular))),
        ["name in a missing directory"] = new(["its directory is missing"], (volume, all) => volume.Commit(commit =>
            commit.PutDentry(volume.Dentry(Missing + 1, "stray"), all.Linked, FileMode.Regular))),
        ["second name of a directory"] = new(["has another name"], (volume, all) => volume.Commit(commit =>
            commit.PutDentry(volume.Dentry(all.Nested, "stray"), all.Folder, FileMode.Directory))),
        ["file without a name"] = new(["has no name"], (volume, _) => LoseName(volume, Root, "file", 0)),
        ["directory without a name"] = new(["has no name"], (volume, all) => LoseName(volume, all.Folder, "nested", 1))
        {
            Consequences = ["as its parent"],
        },
        ["link count too high"] = new(["has 2 names and counts 5"], (volume, all) => Rewrite(volume, all.Linked, record => record with { LinkCount = 5 })),
        ["link count too low"] = new(["has 2 names and counts 1"], (volume, all) => Rewrite(volume, all.Linked, record => record with { LinkCount = 1 })),
        ["directory's names"] = new(["names and counts"], (volume, all) => Add(volume, Keys.Counters(all.Folder), DirectoryCounters.EntriesField, 7)),
        ["directory's subdirectories"] = new(["names and counts"],
            (volume, all) => Add(volume, Keys.Counters(all.Nested), DirectoryCounters.SubdirectoriesField, -1)),
        ["root's names"] = new(["names and counts"], (volume, _) => Add(volume, Keys.Counters(Root), DirectoryCounters.EntriesField, -1)),
        ["parent"] = new(["as its parent"], (volume, all) => Rewrite(volume, all.Nested, record => record with { Parent = Root })),
        ["orphan of a missing inode"] = new(["there is no such inode"], (volume, _) => volume.Commit(commit =>
            commit.PutOrphan(volume.Volume, Missing + 9))),
        ["orphan with a name"] = new(["is listed as an orphan"], (volume, all) => volume.Commit(commit => commit.PutOrphan(volume.Volume, all.Linked))),
        ["orphan of a directory with a name"] = new(["is listed as an orphan"], (volume, all) => volume.Commit(commit =>
            commit.PutOrphan(volume.Volume, all.Nested))),
        ["attribute of a missing inode"] = new(["table 'X'"], (volume, _) => volume.Commit(commit =>
            commit.Put(Keys.Xattr(Missing + 3, "user.a"u8), "value"u8))),
        ["target of a missing link"] = new(["table 'S'"], (volume, _) => volume.Commit(commit => commit.Put(Keys.Symlink(Missing + 4), "to"u8))),
        ["counters of a missing directory"] = new(["table 'C'"], (volume, _) => Add(volume, Keys.Counters(Missing + 5), 0, 1)),
        ["bytes of nobody"] = new(["belongs to no inode"], (volume, _) => StoreBytes(volume, NotHandedOut)),
        ["bytes under a reserved number"] = new(["belongs to no inode"], (volume, _) => StoreBytes(volume, VolumeRecord.FirstInode - 1)),
        ["number of inodes"] = new(["the number of inodes is"], (volume, _) => Add(volume, Keys.Usage, 0, 3)),
        ["next inode number"] = new(["the next inode number is"], (volume, _) => Add(volume, Keys.InodeAllocator, 0, -4096)),
    };

    /// <summary>Stores bytes behind the volume's back.</summary>
    public static void StoreBytes(VolumeFixture volume, ulong dataId)
    {
        var from = volume.Request.Body.Slice(0, 100);
        Assert.Equal(from.Length, volume.Run(() => volume.Files.Write(dataId, 0, from)).Value);
    }

    private static void Name(VolumeFixture volume, string name, ulong inode, uint mode) =>
        volume.Commit(commit => commit.PutDentry(volume.Dentry(Root, name), inode, mode));

    private static void LoseName(VolumeFixture volume, ulong directory, string name, int subdirectories)
    {
        Assert.True(volume.Has(volume.Dentry(directory, name)));
        volume.Commit(commit =>
        {
            commit.Delete(volume.Dentry(directory, name));
            commit.Add(Keys.Counters(directory), DirectoryCounters.EntriesField, -1);
            commit.Add(Keys.Counters(directory), DirectoryCounters.SubdirectoriesField, -subdirectories);
        });
    }

    private static void Rewrite(VolumeFixture volume, ulong inode, Func<InodeRecord, InodeRecord> change)
    {
        var record = change(volume.Record(inode));
        volume.Commit(commit => commit.PutInode(inode, record));
    }

    private static void Add(VolumeFixture volume, MetadataKey key, int field, long delta) =>
        volume.Commit(commit => commit.Add(key, field, delta));
}

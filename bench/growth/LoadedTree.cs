namespace ByteFuse.GrowthBench;

/// <summary>
/// The tree that <see cref="VolumeLoader"/> makes: groups of a hundred folders of a thousand files each. Directories of a size that
/// people have, and few enough of them that a client can hold all of them open.
/// </summary>
public static class LoadedTree
{
    public const int FilesPerFolder = 1000;

    public const int FoldersPerGroup = 100;

    public static int Folders(long files) => (int)((files + FilesPerFolder - 1) / FilesPerFolder);

    public static int Groups(long files) => (Folders(files) + FoldersPerGroup - 1) / FoldersPerGroup;

    public static string GroupName(int group) => $"g{group:D4}";

    public static string FolderName(int folder) => $"d{folder:D6}";

    /// <summary>A folder's path from the root of the volume.</summary>
    public static string FolderPath(int folder) => $"{GroupName(folder / FoldersPerGroup)}/{FolderName(folder)}";

    public static int FolderOf(long file) => (int)(file / FilesPerFolder);

    /// <summary>A file's name in its folder.</summary>
    public static string FileName(long file) => $"file-{file:D9}";
}

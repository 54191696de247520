using ByteFuse.Linux;

namespace ByteFuse.Cli;

/// <summary>The paths of a tree and of the items of each task in it, as system calls take them, made before a clock runs.</summary>
internal sealed class MetadataTestTree
{
    private readonly MetadataTestOptions options;
    private readonly List<byte[]> directories = [];
    private readonly List<byte[]>[] directoryItems;
    private readonly List<byte[]>[] fileItems;

    /// <param name="options">The test.</param>
    /// <param name="root">The root of the tree, which must not exist.</param>
    /// <param name="firstTask">The first of the tasks that have items in it.</param>
    /// <param name="tasks">How many they are.</param>
    public MetadataTestTree(MetadataTestOptions options, string root, int firstTask, int tasks)
    {
        this.options = options;
        directoryItems = Lists(tasks);
        fileItems = Lists(tasks);
        Add(root, 0, firstTask);
    }

    /// <summary>The directories, parents first.</summary>
    public IReadOnlyList<byte[]> Directories => directories;

    /// <summary>The directories that a task makes in the tree.</summary>
    public IReadOnlyList<byte[]> DirectoryItems(int task) => directoryItems[task];

    /// <summary>The files that a task makes in the tree.</summary>
    public IReadOnlyList<byte[]> FileItems(int task) => fileItems[task];

    private static List<byte[]>[] Lists(int count) => [.. Enumerable.Range(0, count).Select(_ => new List<byte[]>())];

    private void Add(string directory, int depth, int firstTask)
    {
        directories.Add(PathBytes.Of(directory));
        for (var task = 0; task < fileItems.Length && (depth == options.Depth || !options.LeavesOnly); task++)
        {
            for (var i = 0; i < options.ItemsPerDirectory; i++)
            {
                directoryItems[task].Add(PathBytes.Of($"{directory}/dir.mdtest.{firstTask + task}.{i}"));
                fileItems[task].Add(PathBytes.Of($"{directory}/file.mdtest.{firstTask + task}.{i}"));
            }
        }
        for (var i = 0; depth < options.Depth && i < options.Branching; i++)
            Add($"{directory}/mdtest_tree.{depth + 1}.{i}", depth + 1, firstTask);
    }
}

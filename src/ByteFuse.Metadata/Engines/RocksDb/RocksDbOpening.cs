namespace ByteFuse.Metadata.RocksDb;

/// <summary>Opens a database and turns what may be wrong with it into one line for a person.</summary>
internal static class RocksDbOpening
{
    /// <summary>Opens; throws <see cref="MetadataOpenException"/>.</summary>
    public static RocksDbDatabase Open(string directory, RocksDbOptions options)
    {
        CheckDirectory(directory, options);
        SpaceReserve.MakeRoom(directory);
        return RocksDbDatabase.TryOpen(directory, options, out var status, out var message) ?? throw Failure(directory, status, message);
    }

    /// <summary>The exception for a failure while opening.</summary>
    public static MetadataOpenException Failure(string directory, EngineStatus status, string message) => status switch
    {
        EngineStatus.Held => new(MetadataOpenFailure.Held, $"The metadata store in {directory} is in use by another process."),
        EngineStatus.Corruption => new(MetadataOpenFailure.Corrupt, $"The metadata store in {directory} is damaged: {message}"),
        EngineStatus.Unsupported => new(MetadataOpenFailure.Newer, $"The metadata store in {directory} needs a newer RocksDB library: {message}"),
        EngineStatus.NoSpace => new(MetadataOpenFailure.NoSpace, $"The disk below {directory} is full; the metadata store needs some room to open."),
        // A table or manifest that another file names.
        _ when message.Contains("No such file", StringComparison.Ordinal) => Failure(directory, EngineStatus.Corruption, message),
        _ => new(MetadataOpenFailure.Other, $"The metadata store in {directory} cannot be opened: {message}"),
    };

    private static void CheckDirectory(string directory, RocksDbOptions options)
    {
        if (File.Exists(Path.Combine(directory, "CURRENT"))) return;
        // Without CURRENT RocksDB would begin an empty database over the tables of the old one.
        if (Directory.Exists(directory) && Directory.EnumerateFiles(directory).Any(IsDatabaseFile))
            throw Failure(directory, EngineStatus.Corruption, "the file CURRENT is missing.");
        if (!options.CreateIfMissing) throw new MetadataOpenException(MetadataOpenFailure.Missing, $"There is no metadata store in {directory}.");
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MetadataOpenException(MetadataOpenFailure.Other, $"{directory} cannot be made: {exception.Message}", exception);
        }
    }

    private static bool IsDatabaseFile(string path) =>
        Path.GetExtension(path) is ".sst" or ".log" || Path.GetFileName(path).StartsWith("MANIFEST-", StringComparison.Ordinal);
}

namespace ByteFuse.Metadata;

/// <summary>Why a metadata store could not be opened.</summary>
public enum MetadataOpenFailure
{
    /// <summary>There is no store in the directory.</summary>
    Missing,

    /// <summary>Another process, or another mount of this one, has it open.</summary>
    Held,

    /// <summary>What its checksums cover does not match, or parts of it are gone.</summary>
    Corrupt,

    /// <summary>A later version of this software, or of the engine, wrote it.</summary>
    Newer,

    /// <summary>The engine's shared library is not installed.</summary>
    LibraryMissing,

    /// <summary>The file system below has no space left to open it.</summary>
    NoSpace,

    /// <summary>Anything else; the message says what.</summary>
    Other,
}

/// <summary>A metadata store could not be opened; the message is one line for a person.</summary>
public sealed class MetadataOpenException(MetadataOpenFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The kind of failure.</summary>
    public MetadataOpenFailure Failure { get; } = failure;
}

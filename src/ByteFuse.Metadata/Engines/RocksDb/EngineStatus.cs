using ByteFuse.Linux;

namespace ByteFuse.Metadata.RocksDb;

/// <summary>How a call of the engine ended, by the class of its message.</summary>
internal enum EngineStatus
{
    Ok,

    /// <summary>The call would have touched the disk or waited, and had no leave to.</summary>
    Incomplete,

    /// <summary>No space left on the device.</summary>
    NoSpace,

    /// <summary>A checksum did not match, or a structure made no sense.</summary>
    Corruption,

    /// <summary>Another process holds the store.</summary>
    Held,

    /// <summary>Written by a later version of the engine, or needs a feature that this library lacks.</summary>
    Unsupported,

    /// <summary>Anything else.</summary>
    Failed,
}

/// <summary>Conversions of <see cref="EngineStatus"/>.</summary>
internal static class EngineStatusExtensions
{
    /// <summary>The error that the file system sees.</summary>
    public static Errno ToErrno(this EngineStatus status) => status switch
    {
        EngineStatus.Ok => Errno.None,
        EngineStatus.NoSpace => Errno.ENOSPC,
        _ => Errno.EIO,
    };
}

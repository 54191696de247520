using ByteFuse.Linux;

namespace ByteFuse.Data;

/// <summary>
/// A kernel that reads and writes files by itself once it has been given them: FUSE passthrough. Called on any reactor; no
/// call waits.
/// </summary>
public interface IBackingFiles
{
    /// <summary>
    /// Gives it an open file and returns the number, above 0, by which it knows it. It holds the file by itself: the descriptor
    /// may be closed. EPERM without CAP_SYS_ADMIN, ELOOP for a file on a stacked file system, ENOMEM.
    /// </summary>
    IoResult Open(int fd);

    /// <summary>Takes a number back; what was opened with it goes on.</summary>
    void Close(int backingId);
}

namespace ByteFuse.FileSystem;

/// <summary>
/// Who holds a lock. The kernel's number stands for a process's descriptor table (fcntl locks) or for an open file (flock
/// and OFD locks) and says nothing outside its connection.
/// </summary>
internal readonly record struct LockOwner(Connection Connection, ulong Id);

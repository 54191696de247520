namespace ByteFuse.Data.Stores.LocalFiles;

/// <summary>Counters of a <see cref="LocalFileStore"/> since it was opened.</summary>
/// <param name="Opens">Files opened.</param>
/// <param name="Hits">Operations that found their file open.</param>
/// <param name="Evictions">Idle files closed to make room for others.</param>
/// <param name="Listings">Folders listed to learn which data ids have no bytes.</param>
/// <param name="OpenFiles">Files that are kept open now.</param>
public readonly record struct LocalFileStoreStatistics(long Opens, long Hits, long Evictions, long Listings, int OpenFiles);

namespace ByteFuse.Recovery;

/// <summary>Where a run of a load works.</summary>
/// <param name="Inside">A directory of the mount.</param>
/// <param name="Native">One on a trusted file system.</param>
/// <param name="Run">Runs of the load before this one.</param>
internal readonly record struct Place(string Inside, string Native, int Run);

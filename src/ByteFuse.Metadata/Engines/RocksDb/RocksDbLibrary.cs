namespace ByteFuse.Metadata.RocksDb;

/// <summary>The RocksDB library of this machine, for reports.</summary>
public static class RocksDbLibrary
{
    /// <summary>The file that would be used; null, and why, where there is none.</summary>
    public static string? Find(out string problem)
    {
        problem = "";
        try
        {
            return NativeLibraryLocator.Locate();
        }
        catch (DllNotFoundException missing)
        {
            problem = missing.Message;
            return null;
        }
    }
}

namespace ByteFuse.FileSystem;

internal sealed class LockTable
{
    public void ReleaseConnection(Connection connection) { }
}

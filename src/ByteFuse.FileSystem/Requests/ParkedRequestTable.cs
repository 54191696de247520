using ByteFuse.Linux;

namespace ByteFuse.FileSystem;

internal sealed class ParkedRequestTable
{
    public int Count => 0;

    public void CompleteAll(Errno error) { }
}

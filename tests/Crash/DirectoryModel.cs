namespace ByteFuse.Crash;

/// <summary>A file as it is after some operation. Id is the model's own and survives renames.</summary>
public sealed record FileVersion(int Id, byte[] Bytes);

/// <summary>What a writer's directory holds: pure, so that any prefix of a journal can be replayed.</summary>
public sealed class DirectoryModel
{
    private readonly SortedDictionary<string, FileVersion> _files;
    private int _nextId;

    public DirectoryModel(IReadOnlyDictionary<string, byte[]> contents)
    {
        _files = new SortedDictionary<string, FileVersion>(StringComparer.Ordinal);
        foreach ((string name, byte[] bytes) in contents.OrderBy(file => file.Key, StringComparer.Ordinal))
            _files.Add(name, new FileVersion(_nextId++, bytes));
    }

    public IReadOnlyDictionary<string, FileVersion> Files => _files;

    /// <summary>Applies an operation; the id of the file whose contents it changed or created, or -1.</summary>
    public int Apply(Operation operation)
    {
        switch (operation.Kind)
        {
            case OperationKind.Create:
                _files.Add(operation.Name, new FileVersion(_nextId++, []));
                return _nextId - 1;
            case OperationKind.Write:
                return Change(operation.Name, bytes => Overlay(bytes, operation.Offset, operation.Bytes()));
            case OperationKind.Append:
                return Change(operation.Name, bytes => Overlay(bytes, bytes.Length, operation.Bytes()));
            case OperationKind.Truncate:
                return Change(operation.Name, bytes =>
                {
                    Array.Resize(ref bytes, operation.Offset);
                    return bytes;
                });
            case OperationKind.Punch:
                return Change(operation.Name, bytes =>
                {
                    int end = Math.Min(bytes.Length, operation.Offset + operation.Length);
                    if (operation.Offset < end)
                        bytes.AsSpan(operation.Offset..end).Clear();
                    return bytes;
                });
            case OperationKind.Rename:
                _files[operation.Target] = _files[operation.Name];
                _files.Remove(operation.Name);
                return -1;
            case OperationKind.Unlink:
                _files.Remove(operation.Name);
                return -1;
            default:
                return -1;
        }
    }

    private int Change(string name, Func<byte[], byte[]> change)
    {
        FileVersion version = _files[name];
        _files[name] = version with { Bytes = change((byte[])version.Bytes.Clone()) };
        return version.Id;
    }

    private static byte[] Overlay(byte[] bytes, int offset, byte[] written)
    {
        if (bytes.Length < offset + written.Length)
            Array.Resize(ref bytes, offset + written.Length);
        written.CopyTo(bytes, offset);
        return bytes;
    }
}

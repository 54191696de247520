namespace ByteFuse.VmSuite;

/// <summary>
/// What a client has open while the server goes away and comes back: opened before, used after, for each restart anew.
/// </summary>
internal sealed class RestartChecks : IDisposable
{
    private readonly NfsFolder _folder;
    private readonly long _reader, _writer, _directory, _removed;

    /// <summary>Opens the files, over NFS.</summary>
    internal RestartChecks(NfsFolder folder)
    {
        _folder = folder;
        Ok(Sys.Mkdir(folder.Local));
        foreach (string name in new[] { "read", "written", "removed" })
            NfsFolder.Write($"{folder.Local}/{name}", "content"u8);
        Ok(Sys.Mkdir($"{folder.Local}/d"));
        _reader = folder.Open("read", O_RDONLY);
        _writer = folder.Open("written", O_RDWR);
        _directory = folder.Open("d", O_RDONLY | O_DIRECTORY);
        _removed = folder.Open("removed", O_PATH);
    }

    internal IEnumerable<NfsCheck> All =>
    [
        new("an open file is read", _ => SameBytes("content"u8, Pattern.Read(_reader, 0, 100))),
        new("an open file is written", f =>
        {
            Pattern.Write(_writer, "more"u8.ToArray(), 7);
            Ok(Sys.Fsync(_writer));
            SameBytes("contentmore"u8, NfsFolder.Read($"{f.Local}/written"));
        }),
        new("an open folder takes a new file and lists it", f =>
        {
            Ok(Sys.Close(Ok(Sys.OpenAt(_directory, "new", O_WRONLY | O_CREAT | O_EXCL, Octal(644)))));
            Same("new", string.Join(' ', NfsFolder.Names($"{f.Local}/d")));
            Same("new", string.Join(' ', NfsFolder.Names($"{f.Nfs}/d")));
        }),
        new("a file removed meanwhile is ESTALE", _ => Fails(ESTALE, Sys.Fstat(_removed, out FileStatus _))),
    ];

    internal NfsFolder Folder => _folder;

    /// <summary>What happens on the mount while the server is away.</summary>
    internal void Meanwhile() => Ok(Sys.Unlink($"{_folder.Local}/removed"));

    public void Dispose() => _folder.Dispose();
}

using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Data.Stores.LocalFiles;

/// <summary>A file to use, with one reference, or why there is none.</summary>
internal readonly record struct OpenedFile(Errno Error, Descriptor? Descriptor);

/// <summary>Opens, makes, closes and unlinks the files of data ids, and keeps those that were used lately open.</summary>
internal sealed class OpenFiles(int root, int descriptorBound, ImmediateCalls immediate, BlockingCalls? blocking = null) : IDisposable
{
    // Reading leaves no trace in the file below: the access time that applications see is the metadata's.
    private const int FileFlags = OpenFlags.ReadWrite | OpenFlags.NoAccessTime | OpenFlags.CloseOnExec;
    private const int FileMode = 0x180; // 0600

    private readonly DescriptorTable table = new(descriptorBound);
    private readonly PresenceMap presence = new();
    private readonly FolderDurability durability = new();
    private readonly PathSlots paths = new();
    private long listings;

    private BlockingCalls Blocking => blocking ?? CoreReactor.Current.BlockingCalls;

    public LocalFileStoreStatistics Statistics => table.Statistics with { Listings = Volatile.Read(ref listings) };

    /// <summary>
    /// Opens the file of a data id, and makes it first where it is absent and <paramref name="create"/> is set; ENOENT where it
    /// is absent and not set. Each success is followed by one <see cref="Return"/>.
    /// </summary>
    public ReactorTask<OpenedFile> Open(ulong dataId, bool create)
    {
        if (table.TryAcquire(dataId, out var descriptor)) return new(new OpenedFile(Errno.None, descriptor));
        var known = presence.Find(dataId);
        if (known == Presence.Absent && !create) return new(new OpenedFile(Errno.ENOENT, null));
        return OpenByPath(dataId, create, known == Presence.Absent);
    }

    /// <summary>
    /// As <see cref="Open"/> without making, but where the data id is absent its neighbours are looked at too, so that asking
    /// for their attributes, as listing a directory of empty files does, costs no system call.
    /// </summary>
    public async ReactorTask<OpenedFile> OpenWithNeighbours(ulong dataId)
    {
        if (table.TryAcquire(dataId, out var descriptor)) return new OpenedFile(Errno.None, descriptor);
        if (presence.Find(dataId) == Presence.Unknown)
        {
            var changes = presence.Changes(dataId);
            var listing = await ListGroup(dataId);
            if (listing.Error != Errno.None) return new OpenedFile(listing.Error, null);
            presence.Learn(dataId, listing.PresentBits, changes);
            if ((listing.PresentBits & FolderLayout.GroupBit(dataId)) == 0) return new OpenedFile(Errno.ENOENT, null);
        }
        return await Open(dataId, create: false);
    }

    /// <summary>Lists the files of a data id's group; nothing is kept of it, as a walk through the store would drown what is of use.</summary>
    public ReactorTask<GroupListing> ListGroup(ulong dataId)
    {
        Interlocked.Increment(ref listings);
        return Blocking.Run<ListGroupCall, GroupListing>(new ListGroupCall(root, FolderLayout.Group(dataId)));
    }

    /// <summary>Ends the use of a file.</summary>
    public void Return(Descriptor descriptor)
    {
        if (descriptor.Drop()) Close(descriptor.Fd, descriptor.Unlinked).Detach();
    }

    /// <summary>Lets a file be closed before others.</summary>
    public void Forget(ulong dataId) => table.Forget(dataId);

    /// <summary>Removes the file of a data id; absent is fine. Operations that use it go on with what they hold.</summary>
    public async ReactorTask<Errno> Unlink(ulong dataId)
    {
        // Before the unlink, so that the blocks of an idle file are freed by the unlink, on a kernel thread, and not by a close.
        await TakeOut(dataId, unlinked: false);
        if (presence.Find(dataId) == Presence.Absent) return Errno.None;
        if (!paths.TryRent(out var path)) return Errno.EAGAIN;
        FolderLayout.WritePath(dataId, path.Span);
        var unlinked = await CoreReactor.Current.UnlinkAt(root, path, 0);
        paths.Return(path);
        if (!unlinked.Succeeded && unlinked.Error != Errno.ENOENT) return unlinked.Error;
        // Once more, as an operation that began before the unlink may have opened and published the file meanwhile.
        await TakeOut(dataId, unlinked: true);
        presence.SetAbsent(dataId);
        return Errno.None;
    }

    /// <summary>True where it is known that a data id has no file.</summary>
    public bool IsKnownAbsent(ulong dataId) => presence.Find(dataId) == Presence.Absent;

    /// <summary>Makes the name of an open file durable where it may not be.</summary>
    public async ReactorTask<Errno> SyncName(Descriptor descriptor)
    {
        var shard = FolderLayout.Shard(descriptor.DataId);
        if (!durability.NeedsSync(shard, descriptor.NameSequence)) return Errno.None;
        if (!paths.TryRent(out var path)) return Errno.EAGAIN;
        var sequence = durability.BeginSync(shard);
        FolderLayout.WriteFolder(shard, path.Span);
        var error = await SyncFolder(path);
        if (error == Errno.None && durability.AncestorsNeedSync(shard))
        {
            FolderLayout.WriteParent(shard, path.Span);
            error = await SyncFolder(path);
            if (error == Errno.None) error = (await CoreReactor.Current.Fsync(root, dataOnly: false)).Error;
            if (error == Errno.None) durability.EndAncestorsSync(shard);
        }
        paths.Return(path);
        if (error == Errno.None) durability.EndSync(shard, sequence);
        return error;
    }

    /// <summary>Closes all files; no operation is in flight any more.</summary>
    public void Dispose()
    {
        table.Close();
        paths.Dispose();
    }

    private async ReactorTask<OpenedFile> OpenByPath(ulong dataId, bool create, bool knownAbsent)
    {
        if (!paths.TryRent(out var path)) return new OpenedFile(Errno.EAGAIN, null);
        FolderLayout.WritePath(dataId, path.Span);
        var shard = FolderLayout.Shard(dataId);
        var removals = table.Removals(dataId);
        var opened = IoResult.FromError(Errno.ENOENT);
        var nameSequence = 0L;
        // Without O_CREAT first: a file that the kernel has in its caches is then opened at once, and a file that exists does not
        // count as a new name in its folder.
        if (!knownAbsent)
        {
            opened = FileCalls.OpenKnownAt(root, path.Span, FileFlags);
            if (opened.Error == Errno.EAGAIN) opened = await CoreReactor.Current.OpenAt(root, path, FileFlags, 0);
            nameSequence = durability.LatestCreation(shard);
        }
        if (opened.Error == Errno.ENOENT && create)
        {
            durability.BeginCreate(shard);
            opened = await Create(path, shard);
            nameSequence = durability.EndCreate(shard);
            if (opened.Succeeded) presence.SetPresent(dataId);
        }
        paths.Return(path);
        if (!opened.Succeeded) return new OpenedFile(opened.Error, null);
        var descriptor = table.Publish(dataId, opened.Value, removals, nameSequence, out var surplus);
        if (surplus >= 0) Close(surplus, unlinked: false).Detach();
        return new OpenedFile(Errno.None, descriptor);
    }

    private async ReactorTask<IoResult> Create(NativeSlice path, int shard)
    {
        var created = await OpenOrMake(path);
        if (created.Error != Errno.ENOENT) return created;
        // The folder is not there. It is once in its life, so nothing remembers which folders are.
        var error = await Blocking.Run<MakeFolderCall, Errno>(new MakeFolderCall(root, shard));
        if (error != Errno.None) return IoResult.FromError(error);
        return await OpenOrMake(path);
    }

    // O_EXCL is not set: of two reactors that make the file at once both get it.
    private ReactorTask<IoResult> OpenOrMake(NativeSlice path)
    {
        const int flags = FileFlags | OpenFlags.Create;
        var reactor = CoreReactor.Current;
        if (!immediate.TryBegin(reactor, Environment.SystemPageSize, out var started)) return reactor.OpenAt(root, path, flags, FileMode);
        var made = FileCalls.OpenAt(root, path.Span, flags, FileMode);
        immediate.Took(reactor, started);
        return new ReactorTask<IoResult>(made);
    }

    private async ReactorTask<bool> TakeOut(ulong dataId, bool unlinked)
    {
        var descriptor = table.Remove(dataId);
        if (descriptor is null) return true;
        // Before dropping: the last user of the file closes it, after the unlink as a rule, and looks at this to know how.
        descriptor.Unlinked = true;
        return !descriptor.Drop() || await Close(descriptor.Fd, unlinked);
    }

    private async ReactorTask<Errno> SyncFolder(NativeSlice path)
    {
        var folder = await CoreReactor.Current.OpenAt(root, path, OpenFlags.ReadOnly | OpenFlags.Directory, 0);
        if (!folder.Succeeded) return folder.Error;
        var synced = await CoreReactor.Current.Fsync(folder.Value, dataOnly: false);
        await Close(folder.Value, unlinked: false);
        return synced.Error;
    }

    // What close returns is not an error of the operation: the descriptor is gone in any case, and an error of writing back is
    // reported by the sync that is owed to it.
    private async ReactorTask<bool> Close(int fd, bool unlinked)
    {
        if (unlinked)
        {
            await Blocking.Run<CloseCall, IoResult>(new CloseCall(fd));
            return true;
        }
        var closed = await CoreReactor.Current.Close(fd);
        // The ring took no more operations: rather a system call that seldom blocks than a descriptor lost for good.
        if (closed.Error == Errno.EAGAIN) FileCalls.Close(fd);
        return true;
    }
}

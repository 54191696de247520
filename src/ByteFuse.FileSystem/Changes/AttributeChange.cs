using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>What one SETATTR changes, in the data store and in the metadata.</summary>
internal sealed class AttributeChange(Volume volume, SetAttributesIn wanted, Request request)
{
    private readonly Caller caller = Caller.Of(request.Header);
    private readonly long nowNs = request.Reactor.Clock.FileNow();

    private const SetAttributesValid Owner = SetAttributesValid.UserId | SetAttributesValid.GroupId;

    // Set where the data store has no bytes to carry the mtime: it then goes into the record.
    private bool modifiedInRecord;

    /// <summary>
    /// chown(-1, -1) names nothing to change and is a chown all the same: the ctime moves, privileges go. The kernel sends
    /// the same before a write by somebody without CAP_FSETID (file_remove_privs), which no owner may refuse.
    /// </summary>
    private bool IsEmptyChown => (wanted.Valid & ~(SetAttributesValid.Handle | SetAttributesValid.LockOwner)) == 0;

    private bool Has(SetAttributesValid valid) => (wanted.Valid & valid) != 0;

    private long ModifiedNs => Has(SetAttributesValid.ModifyTimeNow) ? nowNs : FileTime.From(wanted.ModifySeconds, wanted.ModifyNanoseconds);

    private long AccessedNs => Has(SetAttributesValid.AccessTimeNow) ? nowNs : FileTime.From(wanted.AccessSeconds, wanted.AccessNanoseconds);

    /// <summary>
    /// Makes the whole change for an operation of which it is a part. It leaves no duplicate-request record: made twice,
    /// it changes nothing more.
    /// </summary>
    public async ReactorTask<Errno> Apply(ulong inode)
    {
        var result = await volume.ReadNode(inode);
        if (result.Error != Errno.None) return result.Error;
        var error = await ApplyToData(result.Node);
        for (var attempt = 0; error == Errno.None && attempt < Volume.CommitAttempts; attempt++)
        {
            result = await volume.ReadNode(inode);
            if (result.Error != Errno.None) return result.Error;
            using var commit = MetadataCommit.Rent();
            result = await AppendTo(commit, result.Node);
            if (result.Error != Errno.None || commit.MutationCount == 0) return result.Error;
            var outcome = await volume.Commit(commit);
            if (outcome.Committed) return Errno.None;
            error = outcome.Error;
        }
        return error != Errno.None ? error : Errno.EAGAIN;
    }

    /// <summary>Changes what the data store keeps of a file: its size and mtime.</summary>
    public async ReactorTask<Errno> ApplyToData(Node node)
    {
        if (Has(SetAttributesValid.Size))
        {
            var error = await FileSize.Set(volume, node, wanted.Size);
            if (error is not (Errno.None or Errno.ENOENT)) return error;
            modifiedInRecord = error == Errno.ENOENT;
        }
        if (!Has(SetAttributesValid.ModifyTime)) return Errno.None;
        if (!node.IsFile)
        {
            modifiedInRecord = true;
            return Errno.None;
        }
        var result = await volume.Data.SetModified(node.Record.DataId, ModifiedNs);
        modifiedInRecord = result == Errno.ENOENT;
        return modifiedInRecord ? Errno.None : result;
    }

    /// <summary>Appends the change of the metadata; nothing where the data store took it all. Returns the node as it will be.</summary>
    public async ReactorTask<NodeResult> AppendTo(MetadataCommit commit, Node node)
    {
        var before = node.Record;
        if (Has(SetAttributesValid.Mode)) node.Record.Mode = (before.Mode & FileMode.TypeMask) | (wanted.Mode & FileMode.PermissionMask);
        if (Has(SetAttributesValid.UserId)) node.Record.UserId = wanted.UserId;
        if (Has(SetAttributesValid.GroupId)) node.Record.GroupId = wanted.GroupId;
        if (Has(SetAttributesValid.AccessTime))
        {
            volume.AccessTimes.Drop(node.Inode);
            node.Record.AccessedNs = AccessedNs;
        }
        StripPrivileges(commit, ref node);
        if (Has(SetAttributesValid.Mode) && (before.Flags & InodeFlags.HasAccessAcl) != 0)
        {
            var error = await AppendAcl(commit, node);
            if (error != Errno.None) return new NodeResult(error, default);
        }
        if (Has(SetAttributesValid.Mode | Owner | SetAttributesValid.AccessTime | SetAttributesValid.ModifyTime)
            || IsEmptyChown || modifiedInRecord || before.Mode != node.Record.Mode || before.Flags != node.Record.Flags)
        {
            AppendRecord(commit, ref node);
        }
        return new NodeResult(Errno.None, node);
    }

    private void StripPrivileges(MetadataCommit commit, ref Node node)
    {
        // The kernel's request before a write by who lacks CAP_FSETID, or a chown of nothing: who is no member of the group
        // takes its bit along (fs/attr.c, setattr_should_drop_sgid).
        if (IsEmptyChown)
            Privileges.Strip(commit, node.Inode, ref node.Record, killSetId: true, caller);
        // A chown takes set-id bits away whoever does it (fs/open.c, chown_common); a truncate, where the kernel says so.
        // It is the owner's, who is usually of the old group, by a supplementary one that FUSE does not tell.
        else if (Has(Owner) && !Has(SetAttributesValid.Mode))
            Privileges.Strip(commit, node.Inode, ref node.Record, killSetId: true, caller with { UserId = 0 });
        else if (Has(SetAttributesValid.Size))
            Privileges.Strip(commit, node.Inode, ref node.Record, killSetId: Has(SetAttributesValid.KillSuidSgid), caller);
    }

    private void AppendRecord(MetadataCommit commit, ref Node node)
    {
        node.Record.ChangedNs = nowNs;
        if (node.IsDirectory)
        {
            AppendDirectoryTimes(commit, ref node);
            if (node.IsRemovedDirectory) return;
        }
        else if (modifiedInRecord)
        {
            node.Record.ModifiedNs = Has(SetAttributesValid.ModifyTime) ? ModifiedNs : nowNs;
        }
        commit.RequireVersion(Keys.Inode(node.Inode), node.Version);
        commit.PutInode(node.Inode, node.Record);
    }

    private void AppendDirectoryTimes(MetadataCommit commit, ref Node node)
    {
        var modified = Has(SetAttributesValid.ModifyTime) ? ModifiedNs : node.Counters.ModifiedNs;
        node.Counters = node.Counters with { ModifiedNs = modified, ChangedNs = nowNs };
        if (node.IsRemovedDirectory)
        {
            node.Record.ModifiedNs = modified;
            commit.PutOrphan(volume, node.Inode, node.Record);
            return;
        }
        var key = Keys.Counters(node.Inode);
        if (!Has(SetAttributesValid.ModifyTime))
        {
            commit.Max(key, DirectoryCounters.ChangedField, nowNs);
            return;
        }
        node.Record.Flags = modified > nowNs ? node.Record.Flags | InodeFlags.FutureTimes : node.Record.Flags & ~InodeFlags.FutureTimes;
        commit.RequireVersion(key, node.CountersVersion);
        DirectoryChange.Put(commit, key, node.Counters);
    }

    private async ReactorTask<Errno> AppendAcl(MetadataCommit commit, Node node)
    {
        var key = Keys.Xattr(node.Inode, AccessControlList.AccessName);
        using var read = MetadataRead.Rent();
        read.Add(key);
        var error = await volume.Metadata.Get(read);
        if (error != Errno.None || !read.Found(0)) return error;
        var list = read.Value(0).ToArray();
        AccessControlList.ApplyMode(list, node.Record.Mode);
        commit.RequireVersion(key, read.Version(0));
        commit.Put(key, list);
        return Errno.None;
    }
}

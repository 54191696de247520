using System.Text;
using ByteFuse.Linux;

namespace ByteFuse.Transports;

/// <summary>What mount(2) is told of a mount.</summary>
public sealed record FuseMountOptions
{
    /// <summary>What /proc/mounts shows as the device: the volume's URL, or fsname=.</summary>
    public required string Source { get; init; }

    /// <summary>An existing directory, absolute and without symbolic links.</summary>
    public required string MountPoint { get; init; }

    /// <summary>/proc/mounts shows the type as fuse.SUBTYPE.</summary>
    public string Subtype { get; init; } = "bytefuse";

    /// <summary>MS_ flags of <see cref="MountCalls"/>.</summary>
    public ulong Flags { get; init; }

    /// <summary>Lets users other than the one who mounts in; permissions are checked for all of them.</summary>
    public bool AllowOther { get; init; } = true;

    /// <summary>Bytes in the largest READ, or null for what max_pages allows.</summary>
    public uint? MaxRead { get; init; }

    /// <summary>context=, fscontext=, defcontext=, rootcontext= of SELinux, comma-separated; empty for none.</summary>
    public string SecurityOptions { get; init; } = "";

    /// <summary>The type that mount(2) is given.</summary>
    internal string Type => "fuse." + Subtype;

    /// <summary>The option string of fs/fuse/inode.c.</summary>
    internal string Data(int fd)
    {
        // The kernel checks permissions in any case: POSIX ACLs imply default_permissions.
        var data = new StringBuilder($"fd={fd},rootmode=40000,user_id={ProcessCalls.EffectiveUserId},group_id={ProcessCalls.EffectiveGroupId},default_permissions");
        if (AllowOther) data.Append(",allow_other");
        if (MaxRead is { } bytes) data.Append($",max_read={bytes}");
        if (SecurityOptions.Length > 0) data.Append(',').Append(SecurityOptions);
        return data.ToString();
    }
}

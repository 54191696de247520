using System.Diagnostics;

namespace ByteFuse.Protocol;

/// <summary>What to do with an INIT.</summary>
public enum InitOutcome
{
    /// <summary>Answer <see cref="InitAgreement.Reply"/>; the connection is up.</summary>
    Accepted,

    /// <summary>The kernel's major is higher: answer <see cref="InitAgreement.Reply"/> and wait for its next INIT.</summary>
    AwaitNextInit,

    /// <summary>The kernel is too old: answer EPROTO.</summary>
    Refused,
}

/// <summary>The result of a negotiation.</summary>
/// <param name="Outcome">What to do.</param>
/// <param name="Reply">The reply; all zero if refused.</param>
public readonly record struct InitAgreement(InitOutcome Outcome, InitOut Reply)
{
    /// <summary>The flags agreed on.</summary>
    public InitFlags Flags => Reply.Flags;

    /// <summary>Bytes of data in the largest request: what a payload buffer must hold.</summary>
    public uint MaxWrite => Reply.MaxWrite;

    /// <summary>The minor version spoken.</summary>
    public uint Minor => Reply.Minor;
}

/// <summary>Decides the answer to INIT. Source of the kernel's side: process_init_reply in fs/fuse/inode.c.</summary>
public static class InitNegotiation
{
    /// <summary>
    /// Refused whatever the preferences say. REQUEST_TIMEOUT: the kernel aborts the connection when an SETLKW waits
    /// long, and with a cancelled io_uring entry its timeout check dereferences NULL.
    /// </summary>
    public const InitFlags NeverAccepted = InitFlags.RequestTimeout | InitFlags.NoOpenSupport;

    /// <summary>Pages in a request without MAX_PAGES: FUSE_DEFAULT_MAX_PAGES_PER_REQ.</summary>
    private const uint DefaultMaxPages = 32;

    /// <summary>FILESYSTEM_MAX_STACK_DEPTH.</summary>
    private const uint HighestStackDepth = 2;

    /// <summary>The answer to an INIT.</summary>
    public static InitAgreement Negotiate(in InitIn init, in InitPreferences preferences)
    {
        if (init.Major > ProtocolLimits.Major)
        {
            var version = new InitOut { Major = ProtocolLimits.Major, Minor = ProtocolLimits.Minor };
            return new InitAgreement(InitOutcome.AwaitNextInit, version);
        }
        var flags = Agree(init, preferences);
        if (init.Major < ProtocolLimits.Major
            || init.Minor < ProtocolLimits.OldestMinor
            || (flags & InitFlags.SetXattrExt) == 0)
        {
            return new InitAgreement(InitOutcome.Refused, default);
        }
        var pages = Pages(flags, preferences);
        var reply = new InitOut
        {
            Major = ProtocolLimits.Major,
            Minor = Math.Min(init.Minor, ProtocolLimits.Minor),
            // Not bounded by what INIT offered: read_ahead_kb may have been raised since, and the kernel takes the minimum.
            MaxReadAhead = preferences.MaxReadAhead,
            MaxBackground = preferences.MaxBackground,
            CongestionThreshold = Math.Min(preferences.CongestionThreshold, preferences.MaxBackground),
            MaxWrite = pages * preferences.PageSize,
            TimeGranularity = preferences.TimeGranularity,
            MaxPages = (flags & InitFlags.MaxPages) == 0 ? (ushort)0 : (ushort)Math.Max(pages, Math.Min(preferences.MinimumPages, preferences.MaxPagesLimit)),
            MaxStackDepth = (flags & InitFlags.Passthrough) == 0 ? 0 : preferences.MaxStackDepth,
            Flags = flags,
        };
        return new InitAgreement(InitOutcome.Accepted, reply);
    }

    private static InitFlags Agree(in InitIn init, in InitPreferences preferences)
    {
        // SETXATTR_EXT is not a matter of taste: without it the fixed part would have another length.
        var flags = init.Flags & (preferences.Flags | InitFlags.SetXattrExt | InitFlags.InitExt) & ~NeverAccepted;
        // The kernel would ignore the depth or the flag, and later fail each passthrough OPEN with EIO.
        if (preferences.MaxStackDepth is 0 or > HighestStackDepth || (flags & InitFlags.WritebackCache) != 0)
            flags &= ~InitFlags.Passthrough;
        // The kernel fails the mount if ALLOW_IDMAP comes without default_permissions, which POSIX_ACL turns on.
        if ((flags & InitFlags.PosixAcl) == 0)
            flags &= ~InitFlags.AllowIdmap;
        if ((flags & InitFlags.ReadDirectoryPlus) == 0)
            flags &= ~InitFlags.ReadDirectoryPlusAuto;
        return flags;
    }

    private static uint Pages(InitFlags flags, in InitPreferences preferences)
    {
        Debug.Assert(preferences.PageSize >= 4096, "a page has at least 4096 bytes on Linux");
        var limit = (flags & InitFlags.MaxPages) == 0 ? DefaultMaxPages : preferences.MaxPagesLimit;
        var wanted = Math.Min(preferences.MaxWrite, InitPreferences.HighestMaxWrite) / preferences.PageSize;
        return Math.Clamp(Math.Min(wanted, limit), 1, ushort.MaxValue);
    }
}

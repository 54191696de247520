using ByteFuse.Linux;

namespace ByteFuse.FileSystem;

/// <summary>How an operation wants its request answered; the dispatcher does it.</summary>
internal readonly record struct Reply
{
    private Reply(ReplyKind kind, Errno error, int bodyLength)
    {
        Kind = kind;
        Error = error;
        BodyLength = bodyLength;
    }

    public ReplyKind Kind { get; }

    public Errno Error { get; }

    public int BodyLength { get; }

    /// <summary>Success without a body.</summary>
    public static Reply Done => new(ReplyKind.Answer, Errno.None, 0);

    /// <summary>No answer is due.</summary>
    public static Reply Silent => new(ReplyKind.Silent, Errno.None, 0);

    /// <summary>The request was parked; its record answers it.</summary>
    public static Reply Parked => new(ReplyKind.Parked, Errno.None, 0);

    /// <summary>Success with so many bytes of body.</summary>
    public static Reply Body(int length) => new(ReplyKind.Answer, Errno.None, length);

    /// <summary>An error, or success without a body for <see cref="Errno.None"/>.</summary>
    public static Reply Of(Errno error) => new(ReplyKind.Answer, error, 0);

    public static implicit operator Reply(Errno error) => Of(error);
}

/// <summary>The three ways in which a request leaves its slot.</summary>
internal enum ReplyKind : byte
{
    Answer,
    Silent,
    Parked,
}

namespace ByteFuse.Linux;

/// <summary>Operations of io_uring (enum io_uring_op, include/uapi/linux/io_uring.h), those that are used.</summary>
public enum RingOpcode : byte
{
    Nop = 0,
    ReadVector = 1,
    WriteVector = 2,
    Fsync = 3,
    ReadFixed = 4,
    WriteFixed = 5,
    PollAdd = 6,
    PollRemove = 7,
    SendMessage = 9,
    ReceiveMessage = 10,
    Accept = 13,
    AsyncCancel = 14,
    Connect = 16,
    Fallocate = 17,
    OpenAt = 18,
    Close = 19,
    Statx = 21,
    Read = 22,
    Write = 23,
    Send = 26,
    Receive = 27,
    RenameAt = 35,
    UnlinkAt = 36,
    MkdirAt = 37,
    Command = 46,

    /// <summary>Since Linux 6.9.</summary>
    Ftruncate = 55,
}

using System.Buffers.Binary;

namespace ByteFuse.Testing;

/// <summary>struct file_handle: the type and the opaque bytes.</summary>
public readonly record struct FileHandle(int Type, byte[] Opaque);

/// <summary>Mounts and exportable handles.</summary>
public static unsafe partial class Sys
{
    public static long Mount(string source, string target, string type, long flags, string data)
    {
        fixed (byte* s = Bytes(source))
        fixed (byte* t = Bytes(target))
        fixed (byte* f = Bytes(type))
        fixed (byte* d = Bytes(data))
            return Call(SyscallNumber.Mount, (nint)s, (nint)t, (nint)f, (nint)flags, (nint)d);
    }

    public static long Umount2(string target, int flags)
    {
        fixed (byte* t = Bytes(target))
            return Call(SyscallNumber.Umount2, (nint)t, flags);
    }

    /// <summary>name_to_handle_at(2) with room for MAX_HANDLE_SZ (128) bytes.</summary>
    public static long NameToHandleAt(long dirFd, string path, int flags, out FileHandle handle)
    {
        const int MaxHandle = 128;
        var buffer = new byte[8 + MaxHandle];
        BinaryPrimitives.WriteInt32LittleEndian(buffer, MaxHandle);
        int mountId;
        long result;
        fixed (byte* p = Bytes(path))
        fixed (byte* b = buffer)
            result = Call(SyscallNumber.NameToHandleAt, (nint)dirFd, (nint)p, (nint)b, (nint)(&mountId), flags);
        int length = BinaryPrimitives.ReadInt32LittleEndian(buffer);
        handle = result < 0
            ? new FileHandle(0, [])
            : new FileHandle(BinaryPrimitives.ReadInt32LittleEndian(buffer.AsSpan(4)), buffer[8..(8 + length)]);
        return result;
    }

    public static long OpenByHandleAt(long mountFd, FileHandle handle, int flags)
    {
        var buffer = new byte[8 + handle.Opaque.Length];
        BinaryPrimitives.WriteInt32LittleEndian(buffer, handle.Opaque.Length);
        BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(4), handle.Type);
        handle.Opaque.CopyTo(buffer, 8);
        fixed (byte* b = buffer)
            return Call(SyscallNumber.OpenByHandleAt, (nint)mountFd, (nint)b, flags);
    }
}

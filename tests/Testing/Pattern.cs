using static ByteFuse.Testing.Expect;

namespace ByteFuse.Testing;

/// <summary>Bytes that tell their own position, so that shifted or mixed-up data is noticed.</summary>
public static class Pattern
{
    public static byte[] Of(int length, int seed)
    {
        var bytes = new byte[length];
        uint state = (uint)seed * 2654435761u | 1;
        for (int i = 0; i < length; i++)
        {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            bytes[i] = (byte)state;
        }
        return bytes;
    }

    /// <summary>Reads exactly this range, over several calls if the kernel delivers less at once.</summary>
    public static byte[] Read(long fd, long offset, int length)
    {
        var bytes = new byte[length];
        int done = 0;
        while (done < length)
        {
            long read = Ok(Sys.Pread(fd, bytes.AsSpan(done), offset + done));
            if (read == 0)
                break;
            done += (int)read;
        }
        return bytes[..done];
    }

    /// <summary>Writes exactly these bytes.</summary>
    public static void Write(long fd, byte[] bytes, long offset)
    {
        for (int done = 0; done < bytes.Length;)
            done += (int)Ok(Sys.Pwrite(fd, bytes.AsSpan(done), offset + done));
    }
}

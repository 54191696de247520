namespace ByteFuse.Metadata.Dump;

/// <summary>The lines of a stream, with a bound: what is no dump may have none.</summary>
internal sealed class DumpLines(Stream stream)
{
    /// <summary>Longer than any row: an attribute's value has 64 KiB, in hexadecimal twice that.</summary>
    private const int LongestLine = 1 << 20;

    private readonly byte[] buffer = new byte[LongestLine];
    private int begin;
    private int end;

    /// <summary>Number of the line that was read last, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>The next line without its end, valid until the one after it is asked for; false at the end of the stream.</summary>
    public bool TryRead(out ReadOnlyMemory<byte> line)
    {
        var searched = 0;
        while (true)
        {
            var length = buffer.AsSpan(begin + searched, end - begin - searched).IndexOf((byte)'\n');
            if (length >= 0)
            {
                length += searched;
                line = buffer.AsMemory(begin, length);
                begin += length + 1;
                Number++;
                return true;
            }
            searched = end - begin;
            if (Fill()) continue;
            line = default;
            // What has no end was cut off.
            return false;
        }
    }

    private bool Fill()
    {
        buffer.AsSpan(begin, end - begin).CopyTo(buffer);
        end -= begin;
        begin = 0;
        if (end == buffer.Length) throw new DumpFormatException(Number + 1, $"longer than {LongestLine} bytes");
        var read = stream.Read(buffer, end, buffer.Length - end);
        end += read;
        return read > 0;
    }
}

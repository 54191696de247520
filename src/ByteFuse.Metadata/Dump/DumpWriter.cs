using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ByteFuse.Metadata.Dump;

/// <summary>Writes a dump: a header, a line for each row, and a last line without which it is not whole.</summary>
public sealed class DumpWriter : IDisposable
{
    private const int BufferBytes = 1 << 16;

    private readonly ArrayBufferWriter<byte> buffer = new(BufferBytes * 2);
    private readonly Stream stream;
    private readonly Utf8JsonWriter json;
    private readonly DumpRowWriter rows;

    /// <summary>Begins a dump of a volume; the stream stays the caller's.</summary>
    public DumpWriter(Stream stream, in VolumeRecord volume)
    {
        this.stream = stream;
        // One line each, and names as they are: what has to be escaped in JSON is, and no more.
        json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        rows = new DumpRowWriter(volume.CookieKey);
        DumpHeader.Write(json, volume);
        EndLine();
    }

    /// <summary>Rows so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Writes a row. Those of the volume's own record and of the kernel's connections are no part of a dump.</summary>
    public void Write(in DumpRow row)
    {
        rows.Write(json, row);
        EndLine();
        Rows++;
    }

    /// <summary>Ends the dump.</summary>
    public void End()
    {
        json.WriteStartObject();
        json.WriteString("kind", DumpKind.End);
        json.WriteNumber("rows", Rows);
        json.WriteEndObject();
        EndLine();
        Empty();
    }

    public void Dispose() => json.Dispose();

    private void EndLine()
    {
        json.Flush();
        json.Reset();
        buffer.Write("\n"u8);
        if (buffer.WrittenCount >= BufferBytes) Empty();
    }

    private void Empty()
    {
        stream.Write(buffer.WrittenSpan);
        buffer.ResetWrittenCount();
    }
}

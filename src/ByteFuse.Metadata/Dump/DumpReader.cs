using System.Text.Json;

namespace ByteFuse.Metadata.Dump;

/// <summary>Reads a dump, line by line; a <see cref="DumpFormatException"/> for what is none.</summary>
public sealed class DumpReader
{
    private readonly DumpLines lines;
    private readonly DumpRowReader rows;

    /// <summary>Reads the header; the stream stays the caller's.</summary>
    public DumpReader(Stream stream)
    {
        lines = new DumpLines(stream);
        if (!lines.TryRead(out var line)) throw new DumpFormatException(1, "this is no dump of a ByteFUSE volume");
        Volume = DumpHeader.Read(line);
        rows = new DumpRowReader(Volume.CookieKey);
    }

    /// <summary>The volume's own record.</summary>
    public VolumeRecord Volume { get; }

    /// <summary>Rows so far.</summary>
    public long Rows { get; private set; }

    /// <summary>The next row; false at the end, which a whole dump says.</summary>
    public bool TryRead(out DumpRow row)
    {
        if (!lines.TryRead(out var line)) throw new DumpFormatException(lines.Number + 1, "the dump ends in its midst");
        try
        {
            using var document = JsonDocument.Parse(line);
            var kind = document.RootElement.GetProperty("kind").GetString();
            if (kind == DumpKind.End)
            {
                row = default;
                RequireEnd(document.RootElement.GetProperty("rows").GetInt64());
                return false;
            }
            row = rows.Read(document.RootElement, kind);
            Rows++;
            return true;
        }
        catch (KeyNotFoundException)
        {
            throw new DumpFormatException(lines.Number, "a member is missing");
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or FormatException or OverflowException or ArgumentException)
        {
            throw new DumpFormatException(lines.Number, problem.Message);
        }
    }

    private void RequireEnd(long said)
    {
        if (said != Rows) throw new DumpFormatException(lines.Number, $"the dump had {said} rows and has {Rows}");
        if (lines.TryRead(out _)) throw new DumpFormatException(lines.Number, "something follows the dump");
    }
}

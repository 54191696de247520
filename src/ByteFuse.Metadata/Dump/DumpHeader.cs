using System.Globalization;
using System.Text.Json;

namespace ByteFuse.Metadata.Dump;

/// <summary>The first line of a dump: that it is one, and the volume's own record.</summary>
public static class DumpHeader
{
    /// <summary>The version that is written, and the newest that is read.</summary>
    public const int CurrentVersion = 1;

    private const string Kind = "bytefuse-dump";

    internal static void Write(Utf8JsonWriter json, in VolumeRecord volume)
    {
        json.WriteStartObject();
        json.WriteString("kind", Kind);
        json.WriteNumber("version", CurrentVersion);
        json.WriteNumber("format", volume.Format);
        json.WriteString("identity", volume.Identity.ToString("x32", CultureInfo.InvariantCulture));
        json.WriteString("cookieKey", volume.CookieKey.ToString("x32", CultureInfo.InvariantCulture));
        DumpText.WriteTime(json, "formatted", volume.FormattedNs);
        json.WriteNumber("lastSession", volume.LastSession);
        json.WriteEndObject();
    }

    /// <summary>Reads the line; a <see cref="DumpFormatException"/> where it is another, or of a later version.</summary>
    internal static VolumeRecord Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var header = document.RootElement;
            if (header.GetProperty("kind").GetString() != Kind) throw new DumpFormatException(1, "this is no dump of a ByteFUSE volume");
            Require(header.GetProperty("version").GetInt64(), CurrentVersion, "dumps");
            var format = header.GetProperty("format").GetUInt32();
            Require(format, VolumeRecord.CurrentFormat, "formats");
            return new VolumeRecord
            {
                Format = format,
                Identity = ReadBits(header, "identity"),
                CookieKey = ReadBits(header, "cookieKey"),
                FormattedNs = DumpText.ReadTime(header, "formatted"),
                LastSession = header.GetProperty("lastSession").GetUInt64(),
            };
        }
        catch (Exception problem) when (problem is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new DumpFormatException(1, "this is no dump of a ByteFUSE volume");
        }
    }

    private static void Require(long version, long known, string what)
    {
        if (version > known || version < 1) throw new DumpFormatException(1, $"version {version}; this version of bytefuse knows {what} up to {known}");
    }

    private static UInt128 ReadBits(JsonElement header, string name) =>
        UInt128.Parse(header.GetProperty(name).GetString() ?? "", NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}

using System.Runtime.InteropServices;
using Xunit;

namespace ByteFuse.Protocol.Tests;

public class RequestViewTests
{
    private readonly RequestBuilder _builder = new();

    [Fact]
    public void A_create_is_divided_into_its_parts()
    {
        var arguments = new CreateIn { Flags = 0x241, Mode = 0x81A4, Umask = 0x12 };
        var request = _builder.Start(Opcode.Create, unique: 77, nodeId: 9).Append(in arguments).Append("file\0"u8).End();
        Assert.True(RequestView.TryParse(request, out var header, out var fixedArguments, out var payload));
        Assert.Equal(77u, header.Unique);
        Assert.Equal(9u, header.NodeId);
        Assert.Equal(1000u, header.UserId);
        var reader = new ArgumentReader(fixedArguments);
        Assert.True(reader.TryRead(out CreateIn read));
        Assert.Equal(arguments, read);
        Assert.Equal(0, reader.Remaining);
        reader = new ArgumentReader(payload);
        Assert.True(reader.TryReadName(out var name, out _));
        Assert.Equal("file"u8, name);
        Assert.Equal(0, reader.Remaining);
    }

    [Fact]
    public void Extensions_are_taken_off_the_end()
    {
        var group = new ExtensionHeader { Size = 16, Type = ExtensionHeader.SupplementaryGroups };
        var request = _builder.Start(Opcode.Mkdir).Append(new MkdirIn { Mode = 0x1ED }).Append("d\0"u8)
            .Append(in group).Append(1u).Append(100u).End(extensionLength: 16);
        Assert.True(RequestView.TryParse(request, out var header, out _, out var payload));
        Assert.Equal("d\0"u8, payload);
        Assert.True(RequestView.TrySplitExtensions(in header, request[40..], out _, out var extensions));
        var reader = new ExtensionReader(extensions);
        Assert.True(reader.TryReadNext(out var type, out var body));
        Assert.Equal(ExtensionHeader.SupplementaryGroups, type);
        Assert.True(ExtensionReader.TryReadGroups(body, out var groups));
        Assert.Equal([100u], MemoryMarshal.Cast<byte, uint>(groups).ToArray());
        Assert.False(reader.TryReadNext(out _, out _));
    }

    [Fact]
    public void More_extensions_than_bytes_are_refused()
    {
        var request = _builder.Start(Opcode.Lookup).Append("a\0"u8).End(extensionLength: 8);
        Assert.False(RequestView.TryParse(request, out _, out _, out _));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void A_length_that_differs_from_the_bytes_is_refused(int difference)
    {
        _builder.Start(Opcode.Lookup).Append("ab\0"u8).End();
        var request = _builder.Whole[..(_builder.Length + difference)];
        Assert.False(RequestView.TryParse(request, out var header, out _, out _));
        Assert.Equal(Opcode.Lookup, header.Opcode);
    }

    [Fact]
    public void A_truncated_fixed_part_is_refused()
    {
        foreach (var opcode in Enum.GetValues<Opcode>())
        {
            var minimum = OpcodeTable.Get(opcode).MinimumFixedLength;
            Assert.True(RequestView.TryParse(_builder.Start(opcode).AppendZeros(minimum).End(), out _, out _, out _));
            if (minimum == 0)
                continue;
            var request = _builder.Start(opcode).AppendZeros(minimum - 1).End();
            Assert.False(RequestView.TryParse(request, out var header, out _, out _), opcode.ToString());
            Assert.Equal(opcode, header.Opcode);
        }
    }

    [Fact]
    public void An_unknown_opcode_passes_with_everything_in_the_payload()
    {
        var request = _builder.Start((Opcode)60).AppendZeros(10).End();
        Assert.True(RequestView.TryParse(request, out _, out var fixedArguments, out var payload));
        Assert.Equal(0, fixedArguments.Length);
        Assert.Equal(10, payload.Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(39)]
    public void Less_than_a_header_is_refused(int length) =>
        Assert.False(RequestView.TryParse(new byte[length], out _, out _, out _));

    [Fact]
    public void A_resent_request_keeps_its_identity()
    {
        var request = _builder.Start(Opcode.Unlink, unique: 42 | InHeader.ResentBit).Append("a\0"u8).End();
        Assert.True(RequestView.TryParse(request, out var header, out _, out _));
        Assert.True(header.IsResent);
        Assert.Equal(42u, header.RequestId);
    }
}

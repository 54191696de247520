using ByteFuse.Linux;

namespace ByteFuse.Data.Tests.Contract;

public abstract partial class DataStoreContract
{
    private const int ModelFiles = 4;
    private const int ModelLength = 200_000;
    private const int ModelSteps = 600;

    /// <summary>Random operations from both reactors leave the bytes that the same operations leave in an array.</summary>
    [Fact]
    public void RandomOperationsAgreeWithAModel()
    {
        var seed = Environment.GetEnvironmentVariable("BYTEFUSE_TEST_SEED") is { } text ? int.Parse(text) : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var model = new byte[]?[ModelFiles];
        for (var step = 0; step < ModelSteps; step++)
        {
            var file = random.Next(ModelFiles);
            var what = Step(random, model, file);
            Check(model[file], file, $"seed {seed}, step {step}: {what}");
        }
    }

    private void Check(byte[]? expected, int file, string what)
    {
        var attributes = Bench.Attributes((ulong)file);
        Assert.True(attributes.Exists == (expected is not null), what);
        Assert.True(attributes.Size == (expected?.Length ?? 0), what);
        Assert.True(Bench.Read((ulong)file, 0, 1 << 20, Bench.Other).AsSpan().SequenceEqual(expected), what);
    }

    private string Step(Random random, byte[]?[] model, int file)
    {
        var id = (ulong)file;
        var reactor = random.Next(Bench.Other + 1);
        var offset = random.Next(ModelLength);
        var length = random.Next(1, ModelLength - offset + 1);
        switch (random.Next(8))
        {
            case 0 or 1:
                var bytes = new byte[length];
                random.NextBytes(bytes);
                Assert.Equal(length, Bench.Write(id, offset, bytes, reactor).Value);
                bytes.CopyTo(Grown(model, file, offset + length).AsSpan(offset));
                return $"write {offset}+{length}";
            case 2:
                var truncated = Bench.Run(s => s.Truncate(id, offset), reactor);
                if (model[file] is null && offset == 0) Assert.Equal(Errno.ENOENT, truncated);
                else Array.Resize(ref model[file], offset);
                return $"truncate {offset}";
            case 3:
                var punched = Bench.Run(s => s.Allocate(id, PunchHole, offset, length), reactor);
                Assert.Equal(model[file] is null ? Errno.ENOENT : Errno.None, punched);
                Zero(model[file], offset, length);
                return $"punch {offset}+{length}";
            case 4:
                var zeroed = Bench.Run(s => s.Allocate(id, 16, offset, length), reactor);
                if (zeroed == Errno.EOPNOTSUPP)
                {
                    // The store may have made the file before it found that out.
                    if (model[file] is null && Bench.Attributes(id).Exists) model[file] = [];
                    return "zero range, not supported";
                }
                Assert.Equal(Errno.None, zeroed);
                Zero(Grown(model, file, offset + length), offset, length);
                return $"zero {offset}+{length}";
            case 5:
                Assert.Equal(Errno.None, Bench.Run(s => s.Allocate(id, 0, offset, length), reactor));
                Grown(model, file, offset + length);
                return $"allocate {offset}+{length}";
            case 6:
                return Copy(random, model, file, reactor);
            default:
                if (random.Next(4) != 0) return "nothing";
                Assert.Equal(Errno.None, Bench.Run(s => s.Delete(id), reactor));
                model[file] = null;
                return "delete";
        }
    }

    private string Copy(Random random, byte[]?[] model, int file, int reactor)
    {
        var source = (file + 1) % ModelFiles;
        var from = random.Next(ModelLength);
        var to = random.Next(ModelLength / 2);
        var length = random.Next(ModelLength / 2);
        var copied = Math.Clamp((model[source]?.Length ?? 0) - from, 0, length);
        // Whether copying nothing makes the target is left open.
        if (copied == 0 && model[file] is null) return "nothing";
        Assert.Equal(copied, Bench.Run(s => s.CopyRange((ulong)source, from, (ulong)file, to, length), reactor).Value);
        if (copied > 0) model[source]!.AsSpan(from, copied).CopyTo(Grown(model, file, to + copied).AsSpan(to));
        return $"copy {from} to {to}, {length}";
    }

    private static byte[] Grown(byte[]?[] model, int file, int length)
    {
        Array.Resize(ref model[file], Math.Max(length, model[file]?.Length ?? 0));
        return model[file]!;
    }

    private static void Zero(byte[]? bytes, int offset, int length)
    {
        if (bytes is null || offset >= bytes.Length) return;
        bytes.AsSpan(offset, Math.Min(length, bytes.Length - offset)).Clear();
    }
}

using System.Runtime.InteropServices;
using System.Text;

namespace ByteFuse.Metadata.RocksDb;

/// <summary>Classifies the engine's messages and sends those that a person should see to the log, each distinct one once.</summary>
internal sealed unsafe class EngineErrors(Action<string>? log)
{
    /// <summary>Distinct lines remembered; a damaged disk may name thousands of blocks, and the first ones say enough.</summary>
    public const int MaximumLines = 256;

    private readonly HashSet<string> seen = [];

    /// <summary>The class of a message from the engine (null for success), which is freed; failures are logged.</summary>
    public EngineStatus Take(byte* error)
    {
        var status = Classify(error, out var message);
        if (status is not (EngineStatus.Ok or EngineStatus.Incomplete)) Report(message);
        return status;
    }

    /// <summary>As <see cref="Take"/>, without logging; allocates the message only where the call failed for good.</summary>
    public static EngineStatus Classify(byte* error, out string message)
    {
        message = "";
        if (error is null) return EngineStatus.Ok;
        var text = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(error);
        var status = Classify(text);
        if (status != EngineStatus.Incomplete) message = Encoding.UTF8.GetString(text).ReplaceLineEndings(" ");
        NativeMethods.Free(error);
        return status;
    }

    /// <summary>Logs a line, once.</summary>
    public void Report(string message)
    {
        if (log is null) return;
        lock (seen)
        {
            if (seen.Count == MaximumLines || !seen.Add(message)) return;
        }
        log("metadata: " + message);
    }

    // Status::ToString in util/status.cc of RocksDB: a class, a colon, the message. A write refused because of an earlier
    // background error carries that error's class.
    private static EngineStatus Classify(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith("Result incomplete"u8)) return EngineStatus.Incomplete;
        if (text.IndexOf("No space left"u8) >= 0) return EngineStatus.NoSpace;
        if (text.StartsWith("Corruption"u8)) return EngineStatus.Corruption;
        if (text.StartsWith("IO error"u8) && text.IndexOf("lock"u8) >= 0 && text.IndexOf("/LOCK"u8) >= 0) return EngineStatus.Held;
        if (text.StartsWith("Not implemented"u8) || text.StartsWith("Invalid argument: Compression type"u8)) return EngineStatus.Unsupported;
        return EngineStatus.Failed;
    }
}

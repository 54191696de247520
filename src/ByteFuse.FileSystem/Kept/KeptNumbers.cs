using System.Runtime.InteropServices;
using ByteFuse.Linux;

namespace ByteFuse.FileSystem;

/// <summary>
/// A set of numbers above 0 where a successor finds it. A number is there before whatever it stands for is given away, and until
/// that has come back.
/// </summary>
internal sealed class KeptNumbers
{
    private readonly NativeSlice memory;
    private readonly int maximum;
    private readonly Lock gate = new();
    private readonly Dictionary<ulong, int> places = [];
    private readonly Stack<int> free = new();
    private bool ended;

    /// <param name="memory">As long as <see cref="LengthOf"/> says.</param>
    /// <param name="maximum">Numbers at most.</param>
    public KeptNumbers(NativeSlice memory, int maximum)
    {
        this.memory = memory;
        this.maximum = maximum;
    }

    // It begins with how many places have been used: what lies behind them is never touched, and takes no memory.
    private ref ulong Used => ref MemoryMarshal.AsRef<ulong>(memory.Span);

    /// <summary>Bytes for so many numbers.</summary>
    public static int LengthOf(int maximum) => (maximum + 1) * sizeof(ulong);

    /// <summary>Adds a number. Beyond the maximum it is lost with the daemon.</summary>
    public void Add(ulong number)
    {
        lock (gate)
        {
            if (ended || places.ContainsKey(number)) return;
            if (!free.TryPop(out var place))
            {
                if (Used >= (ulong)maximum) return;
                place = (int)Used;
                Volatile.Write(ref Place(place), number);
                Volatile.Write(ref Used, (ulong)place + 1);
            }
            else
            {
                Volatile.Write(ref Place(place), number);
            }
            places.Add(number, place);
        }
    }

    /// <summary>Removes a number, if it is there.</summary>
    public void Remove(ulong number)
    {
        lock (gate)
        {
            if (ended || !places.Remove(number, out var place)) return;
            Volatile.Write(ref Place(place), 0);
            free.Push(place);
        }
    }

    /// <summary>What a dead daemon left; it stays there. Once, before anything is added.</summary>
    public IReadOnlyCollection<ulong> ReadLeft()
    {
        lock (gate)
        {
            var used = (int)Math.Min(Used, (ulong)maximum);
            for (var place = 0; place < used; place++)
            {
                var number = Place(place);
                if (number == 0 || !places.TryAdd(number, place)) free.Push(place);
            }
            return [.. places.Keys];
        }
    }

    /// <summary>The memory is about to go.</summary>
    public void End()
    {
        lock (gate) ended = true;
    }

    private ref ulong Place(int place) => ref MemoryMarshal.AsRef<ulong>(memory.Span[((place + 1) * sizeof(ulong))..]);
}

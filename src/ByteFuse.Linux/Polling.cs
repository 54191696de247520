namespace ByteFuse.Linux;

/// <summary>poll(2), for threads that wait for several descriptors; reactors have their rings.</summary>
public static unsafe class Polling
{
    /// <summary>The most descriptors that are waited for at once.</summary>
    public const int MaximumDescriptors = 16;

    /// <summary>
    /// Blocks until one of the descriptors can be read, or its other end is closed, or the time is over; signals do not end it early.
    /// </summary>
    /// <param name="descriptors">Negative ones are left out.</param>
    /// <param name="readable">Says for each of them whether it is so.</param>
    /// <param name="timeout">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    public static Errno AwaitReadable(ReadOnlySpan<int> descriptors, Span<bool> readable, TimeSpan timeout) =>
        Await(descriptors, (short)PollEvents.Readable, readable, timeout);

    /// <summary>Blocks until the other end of a socket or pipe is closed; what can be read meanwhile is left there.</summary>
    public static Errno AwaitHangUp(int descriptor)
    {
        Span<bool> ended = [false];
        // POLLHUP and POLLERR are always told.
        return Await([descriptor], 0, ended, Timeout.InfiniteTimeSpan);
    }

    private static Errno Await(ReadOnlySpan<int> descriptors, short events, Span<bool> happened, TimeSpan timeout)
    {
        if (descriptors.Length > MaximumDescriptors) return Errno.EINVAL;
        var polled = stackalloc PollLayout[MaximumDescriptors];
        for (var i = 0; i < descriptors.Length; i++) polled[i] = new PollLayout { Descriptor = descriptors[i], Events = events };
        var deadline = timeout == Timeout.InfiniteTimeSpan ? long.MaxValue : Environment.TickCount64 + (long)Math.Ceiling(timeout.TotalMilliseconds);
        while (true)
        {
            var left = deadline == long.MaxValue ? -1 : (int)Math.Clamp(deadline - Environment.TickCount64, 0, int.MaxValue);
            var result = LibC.Result(LibC.Poll(polled, (nuint)descriptors.Length, left));
            if (result.Error == Errno.EINTR) continue;
            for (var i = 0; i < descriptors.Length; i++) happened[i] = result.Succeeded && polled[i].Happened != 0;
            return result.Error;
        }
    }
}

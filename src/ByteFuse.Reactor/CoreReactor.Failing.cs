namespace ByteFuse.Reactor;

/// <summary>The end of a reactor on which an exception escaped, and with it of the process.</summary>
public sealed partial class CoreReactor
{
    // What still comes is looked for at least this often.
    private const long FailedTurnNanoseconds = 1_000_000;

    /// <summary>
    /// Ends the process over an exception that nobody awaits: what the reactor was doing is half done, and a successor that
    /// starts from the keeper's memory is sounder than going on.
    /// </summary>
    internal static void Escaped(Exception exception)
    {
        if (current?.options.Fatal is { } fatal)
        {
            fatal(exception);
            return;
        }
        Console.Error.WriteLine($"bytefuse: an exception escaped work on reactor {current?.Index}: {exception}");
        if (current is { options.Failing: { } failing } failed) failed.StandStill(() => failing(exception));
        Environment.FailFast("An exception escaped work on a reactor.", exception);
    }

    // The kernel hands what it has for a ring to the thread that the ring belongs to, when that enters the kernel: until the others are
    // done, this one has to.
    private void StandStill(Action others)
    {
        var busy = Task.Run(others);
        while (!busy.IsCompleted)
        {
            ring.Submit(1, FailedTurnNanoseconds);
            while (ring.TryTake(out var completion)) slots.Find(completion.UserData).Arrive();
            local.AppendReversed(mailbox.TakeAll());
            while (local.Take() is { } work)
            {
                work.LeaveQueue();
                if (work is TurnMark) work.Execute();
            }
        }
    }
}

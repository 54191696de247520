using System.Runtime.InteropServices;
using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>
/// A daemon dies of something that it notices: an exception that nobody catches, or a signal that would end it. Before it does, what a
/// planned end does first is done (<see cref="EntryHold"/>), so that its successor finds every request; then it dies of just that.
/// </summary>
internal sealed class Departure : IDisposable
{
    /// <summary>What is done first takes less (<see cref="EntryHold"/>). Who dies while somebody holds a lock that it needs dies all the same.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    // Those that end a process by default, that it can catch, and that nobody here uses (signal(7)). SIGSEGV and its like are the runtime's:
    // where they come of an access of its own they are exceptions, and otherwise nothing can be relied on any more.
    private static readonly (int Number, string Name)[] Signals =
    [
        (3, "SIGQUIT"), (6, "SIGABRT"), (10, "SIGUSR1"), (12, "SIGUSR2"), (14, "SIGALRM"), (24, "SIGXCPU"), (25, "SIGXFSZ"), (26, "SIGVTALRM"),
        (27, "SIGPROF"), (29, "SIGIO"), (30, "SIGPWR"),
    ];

    private readonly Action first;
    private readonly Action<string> tell;
    private readonly List<PosixSignalRegistration> registrations;
    private readonly Lock gate = new();
    private Thread? doing;

    /// <param name="first">What is done first; once.</param>
    /// <param name="tell">Is told what the process is about to die of, before that.</param>
    public Departure(Action first, Action<string> tell)
    {
        this.first = first;
        this.tell = tell;
        registrations = [.. Signals.Select(signal => PosixSignalRegistration.Create((PosixSignal)signal.Number, context =>
        {
            context.Cancel = true;
            Before(signal.Name);
            ProcessCalls.DieOf(signal.Number);
        }))];
        AppDomain.CurrentDomain.UnhandledException += BeforeException;
    }

    /// <summary>Returns when everything is done that is to be done before the process dies of an exception: at once behind the first.</summary>
    public void Before(Exception exception) => Before($"{exception.GetType()}: {exception.Message}");

    public void Dispose()
    {
        AppDomain.CurrentDomain.UnhandledException -= BeforeException;
        foreach (var registration in registrations) registration.Dispose();
    }

    private void BeforeException(object sender, UnhandledExceptionEventArgs unhandled) => Before((Exception)unhandled.ExceptionObject);

    private void Before(string reason)
    {
        Thread started;
        lock (gate)
        {
            if (doing is null)
            {
                doing = new Thread(() => Do(reason)) { IsBackground = true, Name = "departure" };
                doing.Start();
            }
            started = doing;
        }
        started.Join(Patience);
    }

    private void Do(string reason)
    {
        try
        {
            tell(reason);
            first();
        }
        catch (Exception fault)
        {
            tell(fault.Message);
        }
    }
}

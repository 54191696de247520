using System.Runtime.InteropServices;

namespace ByteFuse.Testing;

/// <summary>
/// What must be undone however the process ends: disposed in the ordinary case, else at exit, on SIGINT (Ctrl-C), SIGTERM and
/// SIGHUP, last registered first. An action runs once.
/// </summary>
internal sealed class Undo : IDisposable
{
    private static readonly Lock Gate = new();
    private static readonly List<Undo> Pending = [];
    private static readonly PosixSignalRegistration[] Signals = Watch();
    private readonly Action _action;

    internal Undo(Action action)
    {
        _action = action;
        lock (Gate)
            Pending.Add(this);
        GC.KeepAlive(Signals);
    }

    public void Dispose()
    {
        lock (Gate)
        {
            if (!Pending.Remove(this))
                return;
        }
        _action();
    }

    private static PosixSignalRegistration[] Watch()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => All();
        return
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal),
        ];
    }

    private static void OnSignal(PosixSignalContext context)
    {
        // Environment.Exit would deadlock if the main thread is already in it; undoing here and letting the default action end
        // the process cannot.
        All();
        context.Cancel = false;
    }

    private static void All()
    {
        while (true)
        {
            Undo last;
            lock (Gate)
            {
                if (Pending.Count == 0)
                    return;
                last = Pending[^1];
            }
            try
            {
                last.Dispose();
            }
            catch (Exception failure)
            {
                // The process is ending: the rest must still be undone, and there is nobody left to catch this.
                Console.Error.WriteLine($"clean-up: {failure.Message}");
            }
        }
    }
}

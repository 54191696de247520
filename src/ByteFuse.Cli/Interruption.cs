using System.Runtime.InteropServices;

namespace ByteFuse.Cli;

/// <summary>Ctrl-C and the like cancel something instead of ending the process, for the first time; the second time they end it.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly PosixSignalRegistration[] registrations;

    /// <param name="cancelled">What is cancelled.</param>
    public Interruption(CancellationTokenSource cancelled)
    {
        registrations = [Register(PosixSignal.SIGINT), Register(PosixSignal.SIGTERM), Register(PosixSignal.SIGHUP)];

        PosixSignalRegistration Register(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
        {
            if (cancelled.IsCancellationRequested) return;
            context.Cancel = true;
            cancelled.Cancel();
        });
    }

    public void Dispose()
    {
        foreach (var registration in registrations) registration.Dispose();
    }
}

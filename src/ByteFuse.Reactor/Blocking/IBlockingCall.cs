namespace ByteFuse.Reactor;

/// <summary>A call that may block, with its arguments; implemented by structs, so that nothing is boxed.</summary>
public interface IBlockingCall<out T>
{
    /// <summary>Runs on a thread for blocking calls. An exception is thrown again where the result is awaited.</summary>
    T Execute();
}

using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>One value per reactor, made when the reactor first asks: what rule 2 wants in place of shared state.</summary>
internal sealed class ReactorLocal<T>(Func<T> make)
    where T : class
{
    // As many as ReactorOptions.MaximumReactors may ever be: processors of the largest machines.
    private const int MaximumReactors = 1024;

    private readonly T?[] values = new T?[MaximumReactors];

    /// <summary>The value of the calling reactor.</summary>
    public T Value => values[CoreReactor.Current.Index] ??= make();

    /// <summary>The values made so far; reading them from elsewhere is a race that statistics can bear.</summary>
    public IEnumerable<T> All => values.OfType<T>();
}

namespace ByteFuse.Plot;

/// <summary>How values lie along an axis.</summary>
public enum AxisScale
{
    /// <summary>Evenly, from zero.</summary>
    Linear,

    /// <summary>By their logarithm, with ticks at powers of ten.</summary>
    Decimal,

    /// <summary>By their logarithm, with ticks at powers of two.</summary>
    Binary,
}

/// <summary>How the numbers beside an axis are written.</summary>
public enum AxisNumbers
{
    /// <summary>1, 10, 1k, 1M.</summary>
    Plain,

    /// <summary>A number of bytes: 4 KiB, 1 GiB.</summary>
    Bytes,
}

/// <summary>An axis of a chart: what it measures, with the unit in the title.</summary>
public sealed record Axis(string Title, AxisScale Scale = AxisScale.Linear, AxisNumbers Numbers = AxisNumbers.Plain);

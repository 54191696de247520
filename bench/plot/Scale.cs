namespace ByteFuse.Plot;

/// <summary>Maps the values of an axis to 0..1 and knows where its ticks are.</summary>
internal sealed class Scale
{
    private readonly bool _logarithmic;
    private readonly double _low;
    private readonly double _high;

    /// <param name="axis">What it belongs to.</param>
    /// <param name="values">All values that it has to hold.</param>
    /// <param name="mostTicks">How many ticks have room.</param>
    /// <param name="snug">True where a logarithmic axis ends with the values, not at the next tick.</param>
    public Scale(Axis axis, IEnumerable<double> values, int mostTicks, bool snug = false)
    {
        _logarithmic = axis.Scale != AxisScale.Linear;
        double[] kept = [.. values.Where(value => double.IsFinite(value) && (!_logarithmic || value > 0))];
        double least = kept.Length == 0 ? 1 : kept.Min(), most = kept.Length == 0 ? 10 : kept.Max();
        double[] ticks = axis.Scale switch
        {
            AxisScale.Linear => Linear(most, mostTicks),
            AxisScale.Decimal => Decades(least, most, mostTicks),
            _ => Powers(2, least, most, mostTicks),
        };
        (_low, _high) = (Position(ticks[0]), Position(ticks[^1]));
        if (snug && most > least)
            (_low, _high) = (Position(least), Position(most));
        Ticks = [.. ticks.Where(tick => At(tick) is >= -1e-9 and <= 1 + 1e-9)];
    }

    public IReadOnlyList<double> Ticks { get; }

    /// <summary>Where a value lies: 0 at the beginning of the axis, 1 at its end.</summary>
    public double At(double value) => (Position(value) - _low) / (_high - _low);

    public bool CanShow(double value) => double.IsFinite(value) && (!_logarithmic || value > 0);

    private double Position(double value) => _logarithmic ? Math.Log2(value) : value;

    // Steps of 1, 2 or 5 times a power of ten, from zero.
    private static double[] Linear(double most, int mostTicks)
    {
        most = most > 0 ? most : 1;
        double magnitude = Math.Pow(10, Math.Floor(Math.Log10(most / mostTicks)));
        double step = new[] { 1.0, 2, 5, 10 }.Select(factor => factor * magnitude).First(size => Math.Ceiling(most / size) <= mostTicks);
        return [.. Enumerable.Range(0, (int)Math.Ceiling((most / step) - 1e-9) + 1).Select(i => i * step)];
    }

    // Where powers of ten alone would be few, 2 and 5 times them too.
    private static double[] Decades(double least, double most, int mostTicks)
    {
        double[] fine = [.. Powers(10, least / 10, most * 10, int.MaxValue).SelectMany(power => new[] { power, 2 * power, 5 * power })];
        int first = Math.Max(0, Array.FindLastIndex(fine, tick => tick <= least * (1 + 1e-9)));
        int last = Array.FindIndex(fine, tick => tick >= most * (1 - 1e-9));
        last = Math.Max(last, first + 1);
        return last - first < mostTicks ? fine[first..(last + 1)] : Powers(10, least, most, mostTicks);
    }

    private static double[] Powers(double radix, double least, double most, int mostTicks)
    {
        int first = (int)Math.Floor(Math.Log(least, radix) + 1e-9);
        int last = Math.Max(first + 1, (int)Math.Ceiling(Math.Log(most, radix) - 1e-9));
        int step = 1;
        while ((last - first) / step >= mostTicks)
            step++;
        // A little farther apart where the last tick is then the end of the axis.
        step = Enumerable.Range(step, step).FirstOrDefault(wider => (last - first) % wider == 0, step);
        return [.. Enumerable.Range(0, ((last - first + step - 1) / step) + 1).Select(i => Math.Pow(radix, first + (i * step)))];
    }
}

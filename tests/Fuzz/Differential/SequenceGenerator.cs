namespace ByteFuse.Fuzz.Differential;

/// <summary>Makes a sequence of a seed: the same seed, lanes and size always give the same sequence.</summary>
public sealed class SequenceGenerator
{
    private const int OperationsPerLane = 12;
    private const int SharedOperations = 6;

    private readonly SeededRandom random;
    private readonly OperationGenerator[] generators;
    private readonly IReadOnlySet<string> excluded;
    private readonly HashSet<string> met = [];
    private readonly IReadOnlyList<Identity> identities;
    private readonly int lanes;

    /// <param name="seed">Decides everything.</param>
    /// <param name="lanes">Lanes that run concurrently.</param>
    /// <param name="excluded">Kinds of operations to leave out, by the names of their types.</param>
    /// <param name="identities">Who issues them; root more often than the others.</param>
    public SequenceGenerator(ulong seed, int lanes, IReadOnlySet<string> excluded, IReadOnlyList<Identity> identities)
    {
        this.identities = identities;
        this.lanes = lanes;
        this.excluded = excluded;
        random = new SeededRandom(seed);
        var pools = Enumerable.Range(0, lanes + 1).Select(lane => new NamePool(random, Sequence.RootOf(lane))).ToArray();
        generators = new OperationGenerator[lanes + 1];
        for (var lane = 0; lane < lanes; lane++)
            generators[lane] = new OperationGenerator(random, [pools[lane]]);
        generators[lanes] = new OperationGenerator(random, [pools[lanes], .. pools]);
    }

    /// <summary>Excluded kinds that did come up: others are misspelt.</summary>
    public IReadOnlySet<string> ExcludedMet => met;

    /// <summary>A sequence of at least one round and about <paramref name="count"/> operations.</summary>
    public Sequence Generate(int count)
    {
        var operations = new List<Operation>(count);
        for (var round = 0; operations.Count < count; round++)
        {
            for (var lane = 0; lane <= lanes; lane++)
            {
                var share = lane == lanes ? SharedOperations : OperationsPerLane;
                for (var index = 0; index < share && operations.Count < count; index++)
                {
                    var operation = Next(lane);
                    var identity = PickIdentity();
                    operations.Add(operation with
                    {
                        Number = operations.Count + 1,
                        Lane = lane,
                        Round = round,
                        Identity = operation.IsForRoot ? Identity.Root : identity,
                    });
                }
            }
        }
        return new Sequence(lanes, operations);
    }

    private Operation Next(int lane)
    {
        while (true)
        {
            var operation = generators[lane].Next();
            if (!excluded.Contains(operation.GetType().Name))
                return operation;
            met.Add(operation.GetType().Name);
        }
    }

    private Identity PickIdentity() => random.Chance(70) ? Identity.Root : random.Pick(identities);
}

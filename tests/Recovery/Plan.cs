namespace ByteFuse.Recovery;

/// <summary>In which order the daemon is disturbed.</summary>
internal static class Plan
{
    /// <summary>All of them, shuffled.</summary>
    public static IReadOnlyList<Disturbance> Make(int kills, int upgrades, int crashedUpgrades, int serverKills, Random random)
    {
        var plan = Enumerable.Repeat(Disturbance.Kill, kills)
            .Concat(Enumerable.Repeat(Disturbance.Upgrade, upgrades))
            .Concat(Enumerable.Repeat(Disturbance.CrashedUpgrade, crashedUpgrades))
            .Concat(Enumerable.Repeat(Disturbance.ServerKill, serverKills)).ToArray();
        random.Shuffle(plan);
        return plan;
    }
}

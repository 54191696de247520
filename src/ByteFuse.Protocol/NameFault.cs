namespace ByteFuse.Protocol;

/// <summary>Why a name in a request was refused.</summary>
public enum NameFault
{
    None = 0,

    /// <summary>Empty, without NUL, or with a '/': EINVAL.</summary>
    Malformed,

    /// <summary>Longer than its kind may be: ENAMETOOLONG (ERANGE for an extended attribute's name).</summary>
    TooLong,
}

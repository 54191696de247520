namespace ByteFuse.Architecture.Tests;

/// <summary>
/// C# text with the contents of comments, strings and characters blanked out and every line in its place, so that words and
/// braces can be looked for. Knows raw strings and nested quotes inside interpolations; that is all that a scanner needs.
/// </summary>
internal sealed class CodeText
{
    private readonly string source;
    private readonly char[] blanked;
    private int position;

    private CodeText(string source)
    {
        this.source = source;
        blanked = source.ToCharArray();
    }

    public static string Blank(string source)
    {
        var text = new CodeText(source);
        text.ScanCode(insideInterpolation: false);
        return new string(text.blanked);
    }

    private void ScanCode(bool insideInterpolation)
    {
        var depth = 0;
        while (position < source.Length)
        {
            if (At("//")) BlankTo(IndexOrEnd("\n"));
            else if (At("/*")) BlankTo(Math.Min(source.Length, IndexOrEnd("*/") + 2));
            else if (source[position] == '\'') ScanCharacter();
            else if (StringStart(out var dollars, out var verbatim)) ScanString(dollars, verbatim);
            else if (source[position] == '{')
            {
                depth++;
                position++;
            }
            else if (source[position] == '}')
            {
                if (insideInterpolation && depth == 0) return;
                depth--;
                position++;
            }
            else position++;
        }
    }

    private bool StringStart(out int dollars, out bool verbatim)
    {
        (dollars, verbatim) = (0, false);
        var i = position;
        for (; i < source.Length && source[i] is '$' or '@'; i++)
        {
            if (source[i] == '$') dollars++;
            else verbatim = true;
        }
        if (i >= source.Length || source[i] != '"') return false;
        position = i;
        return true;
    }

    private void ScanCharacter()
    {
        var end = position + 1;
        while (end < source.Length && source[end] != '\'') end += source[end] == '\\' ? 2 : 1;
        BlankTo(Math.Min(source.Length, end + 1));
    }

    private void ScanString(int dollars, bool verbatim)
    {
        var quotes = 0;
        while (position + quotes < source.Length && source[position + quotes] == '"') quotes++;
        if (quotes >= 3 && !verbatim)
        {
            var end = source.IndexOf(new string('"', quotes), position + quotes, StringComparison.Ordinal);
            BlankTo(end < 0 ? source.Length : end + quotes);
            return;
        }
        BlankTo(position + 1);
        while (position < source.Length)
        {
            var here = source[position];
            if (here == '\\' && !verbatim) BlankTo(Math.Min(source.Length, position + 2));
            else if (here == '"' && verbatim && At("\"\"")) BlankTo(position + 2);
            else if (here == '"')
            {
                BlankTo(position + 1);
                return;
            }
            else if (dollars > 0 && At("{{")) BlankTo(position + 2);
            else if (dollars > 0 && here == '{') ScanHole();
            else BlankTo(position + 1);
        }
    }

    // The code inside an interpolation stays; its braces go, as they open no block.
    private void ScanHole()
    {
        BlankTo(position + 1);
        ScanCode(insideInterpolation: true);
        if (position < source.Length) BlankTo(position + 1);
    }

    private bool At(string text) => string.CompareOrdinal(source, position, text, 0, text.Length) == 0;

    private int IndexOrEnd(string text)
    {
        var index = source.IndexOf(text, position, StringComparison.Ordinal);
        return index < 0 ? source.Length : index;
    }

    private void BlankTo(int end)
    {
        for (; position < end; position++)
            if (blanked[position] != '\n')
                blanked[position] = ' ';
    }
}

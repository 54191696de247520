namespace ByteFuse.Architecture.Tests;

/// <summary>The scanner that the rules rely on finds what it is to find.</summary>
public sealed class ScannerTests
{
    private const string Sample = """"
        namespace N;

        /// <summary>unsafe { in a comment</summary>
        public sealed class C<T> where T : struct
        {
            private static readonly int[] Table =
            {
                1,
                2,
            };

            public int P
            {
                get => 1;
            }

            // unsafe
            public string M(
                int a)
            {
                if (a == '{') return $"unsafe {{ {M($"{a}" + "}")} {{";
                return @"""{ unsafe";
            }

            private enum E { A, B }

            public int Q() => a switch
            {
                1 => 2,
            };
        }
        """";

    [Fact]
    public void Members_are_found_with_their_lines() =>
        Assert.Equal(
            ["public int P 12-15", "public string M( int a) 18-23", "public int Q() => a switch 27-30"],
            MethodScanner.Scan(Sample).Select(member => $"{member.Declaration} {member.FirstLine}-{member.LastLine}"));

    [Fact]
    public void Comments_and_strings_are_blanked()
    {
        var code = CodeText.Blank(Sample);
        Assert.DoesNotContain("unsafe", code);
        Assert.Equal(Sample.Length, code.Length);
        Assert.Equal(code.Count(c => c == '{'), code.Count(c => c == '}'));
        // What stands inside an interpolation is code and stays.
        Assert.Equal(2, code.Split("M(").Length - 1);
    }
}

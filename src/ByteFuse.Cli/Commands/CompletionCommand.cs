using System.CommandLine;
using ByteFuse.Daemon;

namespace ByteFuse.Cli;

/// <summary>bytefuse completion: a shell script made from the tree of commands, so that it never lacks one.</summary>
internal static class CompletionCommand
{
    public static Command Create(Command root)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash." };
        var command = new Command("completion", "Print a completion script for a shell.") { shell };
        command.SetAction(parsed =>
        {
            var name = parsed.GetRequiredValue(shell);
            if (name != "bash") throw new Refusal(ExitCode.Usage, $"no completion for {name}: only bash is supported");
            Console.Out.Write(Bash(root));
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static string Bash(Command root)
    {
        var cases = string.Concat(root.Subcommands.Select(command =>
            $"    {command.Name}) words=\"{string.Join(' ', command.Options.Where(option => !option.Hidden).Select(option => option.Name))} --help\" ;;\n"));
        return $$"""
            _bytefuse() {
              local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words
              if [ "$COMP_CWORD" -eq 1 ]; then
                COMPREPLY=($(compgen -W "{{string.Join(' ', root.Subcommands.Select(command => command.Name))}} --help --version" -- "$current"))
                return
              fi
              case ${COMP_WORDS[1]} in
            {{cases}}  esac
              # Bash takes = for a word of its own: after one, the next option begins behind a comma.
              if [ "${COMP_WORDS[1]}" = mount ] && [[ $previous = -o || $previous = --options || ( $previous = "=" && $current = *,* ) ]]; then
                COMPREPLY=($(compgen -W "{{string.Join(' ', MountOptionList.Names)}}" -P "${current%"${current##*,}"}" -- "${current##*,}"))
                compopt -o nospace +o filenames 2>/dev/null
                return
              fi
              case $current in
                -*) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
                file://*) COMPREPLY=($(compgen -d -P file:// -- "${current#file://}")) ;;
                *) if [ "${COMP_WORDS[1]}" = completion ]; then COMPREPLY=($(compgen -W bash -- "$current")); else COMPREPLY=($(compgen -f -- "$current")); fi ;;
              esac
            }
            complete -o filenames -F _bytefuse bytefuse

            """;
    }
}

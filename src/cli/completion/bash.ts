import { type CompletedCommand, toValuedNames, type Value } from './completed-commands.ts';
import { quote, toCases, toPathPattern } from './unix-shell.ts';

const names = (entries: readonly { readonly name: string }[]) => entries.map(({ name }) => name).join('\n');

/** A completion script for bash, from 3.2 on. */
export function toBash(commands: readonly CompletedCommand[]): string {
  const valued = toValuedNames(commands).join('|');
  return `# Completion of seatline for bash: source <(seatline completion bash)
_seatline() {
  local IFS=$'\\n' word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command= at words
  COMPREPLY=()
  # Bash takes --option=value apart.
  [[ $word == = ]] && word=
  [[ $before == = ]] && before=\${COMP_WORDS[COMP_CWORD-2]}
  for ((at = 1; at < COMP_CWORD; at++)); do
    case "\${COMP_WORDS[at]}" in
      ${valued}) ((at++)); [[ \${COMP_WORDS[at]} == = ]] && ((at++)); continue ;;
    esac
    case "$command \${COMP_WORDS[at]}" in
      ${toPathPattern(commands)}) command="\${command:+$command }\${COMP_WORDS[at]}" ;;
    esac
  done
${toCases(commands, { toReply, toReplyOf })}}
_seatline_words() { COMPREPLY=($(compgen -W "$1" -- "$word")); }
_seatline_files() { compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$word")); }
complete -F _seatline seatline
`;
}

function toReply(value: Value): string {
  if (value === 'file') return '_seatline_files';
  return value === 'text' ? ':' : `_seatline_words ${quote(value.join('\n'))}`;
}

/** Options where they are begun, and where there is nothing else. */
function toReplyOf({ commands, options, argument = 'text' }: CompletedCommand): string {
  const ofOptions = `_seatline_words ${quote(names(options))}`;
  const rest = commands.length > 0 ? commands.map(({ name }) => name) : argument;
  if (rest === 'text') return ofOptions;
  return `if [[ $word == -* ]]; then ${ofOptions}; else ${toReply(rest)}; fi`;
}

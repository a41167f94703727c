import { type CompletedCommand, type Entry, toValuedNames, type Value } from './completed-commands.ts';
import { quote, toCases, toPathPattern } from './unix-shell.ts';

/** `name:description`, as `_describe` takes it. */
const toEntry = ({ name, description }: Entry) => quote(`${name}:${description}`);

/** A completion script for zsh. */
export function toZsh(commands: readonly CompletedCommand[]): string {
  const valued = toValuedNames(commands).join('|');
  return `#compdef seatline
# Completion of seatline for zsh: source <(seatline completion zsh), or a file _seatline in a folder of $fpath
_seatline() {
  local command= at word=$words[CURRENT] before=$words[CURRENT-1]
  local -a entries
  if [[ $word == --*=* ]]; then before=\${word%%=*}; compset -P '*='; fi
  for ((at = 2; at < CURRENT; at++)); do
    case "$words[at]" in ${valued}) ((at++)); continue ;; esac
    case "$command $words[at]" in
      ${toPathPattern(commands)}) command="\${command:+$command }$words[at]" ;;
    esac
  done
${toCases(commands, { toReply, toReplyOf })}}
if [[ $funcstack[1] == _seatline ]]; then _seatline "$@"; else compdef _seatline seatline; fi
`;
}

function toReply(value: Value): string {
  if (value === 'file') return '_files';
  return value === 'text' ? ':' : `compadd -- ${value.map(quote).join(' ')}`;
}

const toDescribed = (what: string, entries: readonly Entry[]) =>
  `entries=(${entries.map(toEntry).join(' ')}); _describe ${what} entries`;

/** Options where they are begun, and where there is nothing else. */
function toReplyOf({ commands, options, argument = 'text' }: CompletedCommand): string {
  const ofOptions = toDescribed('-o option', options);
  if (commands.length === 0 && argument === 'text') return ofOptions;
  const rest = commands.length > 0 ? toDescribed('command', commands) : toReply(argument);
  return `if [[ $word == -* ]]; then ${ofOptions}; else ${rest}; fi`;
}

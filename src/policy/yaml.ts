import { type Document, isAlias, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { PolicyError } from './policy-error.ts';

const MAX_CHARACTERS = 1_000_000;
const MAX_ALIASES = 100;

/**
 * Reads YAML, or JSON, with each scalar as it is written: `0042`, `NO` and `1.10` are text.
 * @throws {PolicyError} with a line number and a reason for each mistake
 */
export function readYaml(content: string) {
  if (content.length > MAX_CHARACTERS)
    throw new PolicyError(`line 1: the policy has more than ${MAX_CHARACTERS} characters`);
  const lines = new LineCounter();
  const lineOf = (offset: number) => lines.linePos(offset).line;
  const document = parseDocument(content, { lineCounter: lines, uniqueKeys: true, schema: 'failsafe' });
  const mistakes = document.errors.map(
    ({ pos, message }) => `line ${lineOf(pos[0])}: ${message.split('\n')[0]}`,
  );
  let aliases = 0;
  visit(document, {
    Alias(_key, alias) {
      aliases += 1;
      if (alias.resolve(document) !== undefined || mistakes.length >= MAX_ALIASES) return;
      const line = lineOf(alias.range?.[0] ?? 0);
      mistakes.push(
        `line ${line}: *${alias.source} is an alias to nothing: put text that begins with * in quotes`,
      );
    },
  });
  if (aliases > MAX_ALIASES) mistakes.push(`line 1: the policy has more than ${MAX_ALIASES} aliases`);
  if (mistakes.length > 0) throw new PolicyError(mistakes.join('\n'));
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    return {
      value,
      /** The line of what is at a path, or of the nearest above it that is there. */
      lineOfValue: (path: Path) => lineOf(findOffset(document, path)),
      /** The line of the last key of a path. */
      lineOfKey(path: Path) {
        const parent = document.getIn(path.slice(0, -1), true);
        const pair =
          isMap(parent) && parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1));
        return lineOf((pair && isScalar(pair.key) && pair.key.range?.[0]) || findOffset(document, path));
      },
    };
  } catch {
    // Aliases of aliases, whose text would be far longer than the file.
    const alias = isAlias(document.contents) ? 1 : firstAliasLine();
    throw new PolicyError(`line ${alias}: its aliases stand for too much: write the rules out`);
  }

  function firstAliasLine(): number {
    let line = 1;
    visit(document, {
      Alias(_key, { range }) {
        line = lineOf(range?.[0] ?? 0);
        return visit.BREAK;
      },
    });
    return line;
  }
}

type Path = readonly (string | number)[];

function findOffset(document: Pick<Document, 'getIn'>, path: Path): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

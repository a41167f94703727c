import type { Walk } from './walks.ts';

/** Which of their files a walk enters depends on what the process read a moment ago. */
const ASIDE = /^src\/(storage|webex\/rate-limit)\//;

const LONGEST_LINE = 110;
const INDENT = 19;

/** The folder of the room that a file is in, such as `src/worker/`, and the rest of its path without the ending. */
function toParts(file: string): readonly [folder: string, name: string] {
  const [, folder = '', name = ''] = /^(src\/[^/]+\/|[^/]+\/)(.+)\.ts$/.exec(file) ?? [];
  return [folder, name];
}

/** Names behind a folder, in lines that are not too long for a page. */
function toLines(folder: string, names: readonly string[]): string {
  const lines: string[] = [];
  for (const name of names) {
    const last = lines.at(-1);
    const isLongEnough = last === undefined || INDENT + last.length + 1 + name.length > LONGEST_LINE;
    if (isLongEnough) lines.push(name);
    else lines[lines.length - 1] = `${last} ${name}`;
  }
  return `  ${folder.padEnd(INDENT - 2)}${lines.join(`\n${' '.repeat(INDENT)}`)}`;
}

/** A walk by rooms; the rooms, and the files of each, are in the order in which the walk first entered them. */
export function toWalkText({ title, name, files: entered }: Walk): string {
  const files = entered.filter((file) => !ASIDE.test(file));
  const counted = files.filter((file) => file.startsWith('src/')).length;
  const rooms = new Map<string, string[]>();
  for (const file of files) {
    const [folder, part] = toParts(file);
    rooms.set(folder, [...(rooms.get(folder) ?? []), part]);
  }
  const lines = [...rooms].map(([folder, names]) => toLines(folder, names));
  return [`${title} (${name}): ${counted} files of src/, beside storage and the rate limiter`, ...lines].join(
    '\n',
  );
}

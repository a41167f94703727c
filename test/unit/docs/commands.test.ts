import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { createProgram } from '../../../src/cli/program.ts';
import { PAGES, ROOT, readPage } from '../../pages.ts';

/** A command line that a page shows. */
interface Shown {
  readonly page: string;
  readonly line: string;
}

const PROMPT = /^ *(?:\$ )?(?=(?:npx seatline|seatline|npm) )/;
const shown: readonly Shown[] = PAGES.flatMap(({ path, blocks, prose }) => [
  ...[...prose.matchAll(/`((?:npx )?seatline [^`]+|npm [^`]+)`/g)].map(([, line = '']) => ({
    page: path,
    line,
  })),
  ...blocks
    .filter(({ info }) => /^(console|sh|bash|powershell)$/.test(info))
    .flatMap(({ text }) => text.split('\n').filter((line) => PROMPT.test(line)))
    .map((line) => ({ page: path, line: line.replace(PROMPT, '') })),
]);
const seatline = shown
  .map(({ page, line }) => ({ page, line: line.replace(/^npx /, '').replace(/ +[#|;&>].*$/, '') }))
  .filter(({ line }) => line.startsWith('seatline '));

const isGroup = (command: Command): boolean => command.commands.length > 0;
const knows = (command: Command, option: string): boolean =>
  ['--help', '--version'].includes(option) ||
  command.options.some(({ long, short }) => [long, short].includes(option)) ||
  (command.parent !== null && knows(command.parent, option));

const program = await createProgram();

/** What is wrong with a command line, by the command's own list. */
function findMistakes(line: string): readonly string[] {
  const words = line
    .replaceAll(/"[^"]*"/g, '…')
    .split(/\s+/)
    .slice(1);
  let command: Command = program;
  let isName = true;
  const mistakes: string[] = [];
  for (const word of words) {
    const option = /^--?[a-z][\w-]*/.exec(word)?.[0];
    const found = command.commands.find((one) => [one.name(), ...one.aliases()].includes(word));
    if (option !== undefined) {
      isName = false;
      if (!knows(command, option)) mistakes.push(`${command.name()} has no ${option}`);
    } else if (isName && found) command = found;
    else if (isName && isGroup(command) && !hasDefault(command) && word !== '<command>')
      mistakes.push(`no command ${word}`);
    else isName = false;
  }
  return mistakes;
}

/** Whether it is a command itself, too: `batch <name>` is `batch status`. */
const hasDefault = (command: Command): boolean =>
  '_defaultCommandName' in command && typeof command._defaultCommandName === 'string';

test('each seatline command that a page shows exists, with the options that it has there', () => {
  expect(seatline.length).toBeGreaterThan(80);
  const wrong = seatline.map((each) => ({ ...each, mistakes: findMistakes(each.line) }));
  expect(wrong.filter(({ mistakes }) => mistakes.length > 0)).toEqual([]);
});

test('each command has its row in docs/command.md', () => {
  const rows = [...readPage('docs/command.md').text.matchAll(/^\| (`[^|]+`) *\|/gm)].map(
    ([, row = '']) => row,
  );
  const leaves = (command: Command, before: string): readonly string[] =>
    command.commands.flatMap((one) => {
      const name = `${before}${one.name()}`;
      return isGroup(one) ? leaves(one, `${name} `) : [name];
    });
  const named = rows.flatMap((row) => {
    const [first = '', ...others] = row
      .split(', ')
      .map((part) => part.replaceAll(/`| ?[<[-].*$/g, '').trim());
    const group = first.includes(' ') ? `${first.split(' ')[0]} ` : '';
    return [first, ...others, ...others.map((other) => `${group}${other}`)];
  });
  const missing = leaves(program, '').filter((name) => !/\bhelp$/.test(name) && !named.includes(name));
  expect(missing).toEqual([]);
});

test('each npm script that a page names exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const named = shown.flatMap(({ page, line }) => {
    const script = /^npm (?:run )?([\w:-]+)/.exec(line)?.[1] ?? '';
    return line.startsWith('npm ') && !/^(ci|install|view)$/.test(script) ? [{ page, script }] : [];
  });
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter(({ script }) => scripts[script] === undefined)).toEqual([]);
});

test('each file of examples that a page names exists', () => {
  const named = PAGES.flatMap(({ path, text }) =>
    [...text.matchAll(/(?<![\w-])(?:examples\/[\w./-]*\w|policy\.example\.yaml)/g)].map(([file]) => ({
      page: path,
      file,
    })),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter(({ file }) => !existsSync(join(ROOT, file)))).toEqual([]);
});

test('each event of the log, reason to wait and condition that docs/operations.md names is in the code', () => {
  const code = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(ROOT, 'src', name), 'utf8'))
    .join('\n');
  const tables = [
    ...readPage('docs/operations.md').prose.matchAll(
      /^\| `(?:event|waiting\.for|condition)` [\s\S]*?(?=\n\n)/gm,
    ),
  ].flatMap(([table]) => table.split('\n').slice(2));
  const names = tables.flatMap(
    (row) => (row.split('|')[1] ?? '').match(/(?<=`)[a-z]+(?:-[a-z]+)*(?=`)/g) ?? [],
  );
  expect(names.length).toBeGreaterThan(30);
  expect(names.filter((name) => !code.includes(`'${name}'`) && !code.includes(` ${name}: `))).toEqual([]);
});

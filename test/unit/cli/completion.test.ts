import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { toBash } from '../../../src/cli/completion/bash.ts';
import { toCompletedCommands } from '../../../src/cli/completion/completed-commands.ts';
import { toFish } from '../../../src/cli/completion/fish.ts';
import { toPowerShell } from '../../../src/cli/completion/powershell.ts';
import { toZsh } from '../../../src/cli/completion/zsh.ts';
import { createProgram } from '../../../src/cli/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'seatline-completion-'));
writeFileSync(join(folder, 'joiners of may.csv'), '');
afterAll(() => rmSync(folder, { recursive: true }));

/** A line to complete, and what is offered; the last word of the line is what was typed of it. */
const LINES: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['seatline ba', ['batch']],
  ['seatline --url batch lis', ['list']],
  ['seatline undo sh', ['show']],
  ['seatline undo --dr', ['--dry-run']],
  ['seatline inventory ru', ['run']],
  ['seatline list --state wai', ['waiting']],
  ['seatline completion z', ['zsh']],
  ['seatline submit joi', ['joiners of may.csv']],
  ['seatline policy plan --policy joi', ['joiners of may.csv']],
];
const commands = toCompletedCommands(await createProgram());
const isHere = (shell: string) => spawnSync(shell, ['--version']).error === undefined;

/** Runs a script in the folder with the completion beside it. @returns what it printed for each line */
function runIn(shell: string, args: readonly string[], completion: string, calls: string) {
  writeFileSync(join(folder, 'completion'), completion);
  const { stdout, stderr } = spawnSync(shell, [...args, calls], { cwd: folder, encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout
    .trimEnd()
    .split('\n--\n')
    .map((offered) => offered.replace(/\n?--$/, '').split('\n'));
}
const expected = LINES.map(([, offered]) => offered);
const toWords = (line: string) => line.split(' ');

describe('the completion', () => {
  test('of bash offers commands, options, values and files', () => {
    const calls = LINES.map(([line]) => {
      const words = toWords(line);
      return `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _seatline; printf '%s\n' "\${COMPREPLY[@]}" --`;
    });
    // Outside of a completion, there is nothing that compopt could set.
    const script = `source ./completion; compopt() { :; }\n${calls.join('\n')}`;
    expect(runIn('bash', ['-c'], toBash(commands), script)).toEqual(expected);
  });

  test('of bash knows --option=value, and offers nothing where only a person knows', () => {
    const script = `source ./completion
COMP_WORDS=(seatline list --state = fai); COMP_CWORD=4; _seatline; printf '%s\n' "\${COMPREPLY[@]}" --
COMP_WORDS=(seatline list --person ''); COMP_CWORD=3; _seatline; printf '%s\n' "\${#COMPREPLY[@]}" --`;
    expect(runIn('bash', ['-c'], toBash(commands), script)).toEqual([['failed'], ['0']]);
  });

  const ifHere = (shell: string) => (isHere(shell) ? test : test.skip);

  ifHere('fish')('of fish offers the same', () => {
    const calls = LINES.map(([line]) => `complete -C '${line}' | string split -f 1 \\t; echo -- --`);
    const offered = runIn(
      'fish',
      ['--no-config', '-c'],
      toFish(commands),
      `source ./completion\n${calls.join('\n')}`,
    );
    expect(offered.map((names) => names.map((name) => name.replaceAll('\\', '')))).toEqual(expected);
  });

  ifHere('zsh')('of zsh offers the same', () => {
    const calls = LINES.map(([line]) => {
      const words = toWords(line);
      return `words=(${words.join(' ')}); CURRENT=${words.length}; _seatline; print -- --`;
    });
    // In place of the functions that work in the line editor alone.
    const doubles = `compdef() { }
_describe() { local one; for one in \${(P)@[-1]}; do [[ $one == $words[CURRENT]* ]] && print -- \${one%%:*}; done }
compadd() { local one; shift; for one in "$@"; do [[ $one == $words[CURRENT]* ]] && print -- $one; done }
_files() { print -l -- $words[CURRENT]* }`;
    const script = `${doubles}\nsource ./completion\n${calls.join('\n')}`;
    expect(runIn('zsh', ['-f', '-c'], toZsh(commands), script)).toEqual(expected);
  });

  ifHere('pwsh')('of PowerShell offers commands, options and values', () => {
    const known = LINES.filter(([line]) => !line.endsWith('joi'));
    const calls = known.map(
      ([line]) =>
        `(TabExpansion2 -inputScript '${line}' -cursorColumn ${line.length}).CompletionMatches.CompletionText; '--'`,
    );
    const script = `Invoke-Expression (Get-Content -Raw ./completion)\n${calls.join('\n')}`;
    expect(runIn('pwsh', ['-NoProfile', '-Command'], toPowerShell(commands), script)).toEqual(
      known.map(([, offered]) => offered),
    );
  });
});

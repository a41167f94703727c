import { expect, test } from '@jest/globals';
import { createProgram } from '../../../src/cli/program.ts';

const toNames = ({ commands }: Awaited<ReturnType<typeof createProgram>>) =>
  commands.map((command) => command.name());
const all = toNames(await createProgram());

test.each(all.filter((name) => !['completion', 'help'].includes(name)))(
  'a command line with %s loads it without most others',
  async (name) => {
    const loaded = toNames(await createProgram('1.2.3', ['--key', 'list', name, '--json', 'x']));
    expect(loaded).toContain(name);
    expect(loaded.length).toBeLessThan(7);
  },
);

test.each([
  [[]],
  [['--help']],
  [['help', 'list']],
  [['completion', 'bash']],
  [['lits']],
  [['--jsn', 'list']],
])('a command line with %j has all commands', async (args) => {
  expect(toNames(await createProgram('1.2.3', args))).toEqual(all);
});

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { JsonOption } from '../../../src/cli/json-output.ts';
import { allCommands, createProgram, toFullName } from '../../../src/cli/program.ts';
import { describeApi } from '../../openapi.ts';
import { startExampleApp } from './example-app.ts';
import { toJsonPage } from './json-docs.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const PAGE = `${root}docs/command-json.md`;
const IS_WRITING = process.env.WRITE_DOCS === '1';
const POLICY = ['--policy', `${root}policy.example.yaml`];
const reason = ['--reason', 'a test'];

/** What stands behind each command that has --json, to run it; a text says why it is not run. */
const COMMANDS: Readonly<Record<string, readonly string[] | string>> = {
  submit: ['--email', 'ada@example.com', '--add', 'Advanced Messaging'],
  status: ['hr-4711'],
  list: [],
  redrive: ['hr-4711'],
  cancel: ['hr-4711'],
  undo: ['--batch', 'spring', '--dry-run', '--timeout', '0'],
  'undo show': ['u'],
  'undo stop': ['u'],
  approvals: [],
  approve: ['hr-4711', ...reason],
  reject: ['batch-spring', ...reason],
  pause: reason,
  resume: reason,
  'batch status': ['spring'],
  'batch wait': ['spring', '--timeout', '0'],
  'batch cancel': ['spring'],
  'audit verify': ['2026-12-01'],
  doctor: [],
  'directory import': [`${root}examples/people.csv`, '--source', 'hr'],
  'inventory show': [],
  'inventory diff': [],
  'inventory open': 'it starts a browser',
  'inventory run': [],
  drift: [],
  licenses: [],
  locations: [],
  'licenses show': ['Advanced Messaging'],
  who: ['ada@example.com'],
  why: ['ada@example.com'],
  'override list': ['ada@example.com'],
  'override clear': ['ada@example.com', ...reason],
  'employee list': [],
  'employee forget': ['hr', '7', ...reason],
  'hr list': ['--state', 'applied'],
  'hr show': ['k'],
  'policy status': [],
  'policy stop': reason,
  'policy continue': reason,
  'policy plan': [...POLICY, '--timeout', '0'],
  'policy test': [...POLICY, '--expect', `${root}examples/policy-cases.yaml`],
  adopt: ['--dry-run', '--timeout', '0'],
  reclaim: ['ada@example.com', '--dry-run'],
};

/** Why a command has no --json. */
const WITHOUT: Readonly<Record<string, string>> = {
  'inventory get': 'prints a file, which is JSON without --csv',
  'hr send': 'prints the HTTP request that it sends, as it is',
  'hr tail': 'has no end: --json prints one value on each line',
  completion: 'prints a script',
};

const withoutProgram = (name: string) => name.slice('seatline '.length);
// A group has no action of its own.
const commands = allCommands(await createProgram()).filter(
  (command) =>
    command.parent !== null &&
    command.name() !== 'help' &&
    (command.commands.length === 0 || command.options.length > 0),
);

test('each command has --json, or a reason why not', () => {
  const names = commands.map((command) => withoutProgram(toFullName(command)));
  expect([...names].sort()).toEqual([...Object.keys(COMMANDS), ...Object.keys(WITHOUT)].sort());
  const having = commands.filter((one) => one.options.some((option) => option instanceof JsonOption));
  expect(having.map((one) => withoutProgram(toFullName(one))).sort()).toEqual(Object.keys(COMMANDS).sort());
});

test('the page has the members of each', async () => {
  const page = toJsonPage(commands);
  if (IS_WRITING) await writeFile(PAGE, page);
  expect(await readFile(PAGE, 'utf8')).toBe(page);
});

describe('against an app that answers as the documentation says', () => {
  let app: Awaited<ReturnType<typeof startExampleApp>>;
  beforeAll(async () => {
    app = await startExampleApp((await describeApi()).api);
  });
  afterAll(() => app.stop());

  const runnable = Object.entries(COMMANDS).filter(([, args]) => typeof args !== 'string');
  test.each(runnable)('%s --json prints one value with the documented members', async (name, args) => {
    const command = commands.find((one) => withoutProgram(toFullName(one)) === name);
    const option = command?.options.find((one) => one instanceof JsonOption);
    let out = '';
    const stdout = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      out += text;
      return true;
    });
    const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      const words = [...name.split(' '), ...args, '--json', '--url', app.url];
      await (await createProgram()).parseAsync(words, { from: 'user' });
    } finally {
      process.exitCode = undefined;
      stdout.mockRestore();
      stderr.mockRestore();
    }
    const value: unknown = JSON.parse(out);
    expect(option?.schema.parse(value)).toEqual(value);
  });
});

import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LOCAL_FUNCTION_KEY } from '../../infra/local/stack.ts';
import { LOCAL_HR_SOURCES } from '../../src/cli/local-sources.ts';
import { root, run } from '../built.ts';
import { hasPowerShell, parsePowerShell, runPowerShell } from './powershell.ts';
import { until } from './until.ts';

/** What the pages, `npm start` and the simulator give to paste, as it stands there, in a shell of Unix and in PowerShell. */
const PAGES = readdirSync(join(root, 'docs/hr-sources'));
const HR_PAGES = PAGES.map((page) => `docs/hr-sources/${page}`);
const OTHER_PAGES = ['docs/http-api.md', 'docs/hr-sources.md', 'docs/inventory.md'];
const SIMULATOR_PAGES = ['README.md', 'docs/webex-simulator.md'];
const ADDRESS = 'http://127.0.0.1:7071/api';
const SCRIPT_TIMEOUT_MS = 150_000;
const TEST_TIMEOUT_MS = 420_000;

const read = (page: string) => readFileSync(join(root, page), 'utf8');
const blocksOf = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^( *)\`\`\`${language}\n([\\s\\S]*?)^\\1\`\`\`$`, 'gm'))].map(
    ([, , block = '']) => block,
  );
/** Each line for PowerShell. */
const linesOf = (pages: readonly string[]): string[] =>
  pages
    .flatMap((page) => blocksOf(read(page), 'powershell'))
    .flatMap((block) => block.split('\n').map((line) => line.trim()))
    .filter(Boolean);
/** What calls a system elsewhere, stays, or makes the settings of these tests. */
const isElsewhere = (line: string) => /https:\/\/|^npm start/.test(line);
const isOfSettings = (line: string) => line.includes('hr-sources.json');
const isTried = (line: string) => !isElsewhere(line) && !isOfSettings(line);

/** What the page on all sources gives to paste before any event: its last block, which defines `outcome`. */
const [, preparation = ''] = blocksOf(
  read('docs/hr-sources.md').split('### On your machine\n')[1]?.split('\n## ')[0] ?? '',
  'sh',
);
const scriptOf = (page: string) =>
  blocksOf(read(`docs/hr-sources/${page}`).split('## Try it\n')[1] ?? '', 'sh').join('');

/** The sources of all pages at once; those of this machine as they are. */
const sources = Object.assign(
  {},
  ...HR_PAGES.flatMap((page) => blocksOf(read(page), 'json HR_SOURCES')).map((text) => JSON.parse(text)),
  JSON.parse(LOCAL_HR_SOURCES),
);

const inPowerShell = hasPowerShell ? test.concurrent : test.skip;

const ANY_PORT = ['functions', 'webex', 'blob', 'queue', 'table'].flatMap((part) => [`--${part}-port`, '0']);
const folder = mkdtempSync(join(tmpdir(), 'seatline-documented-'));
const settings = join(folder, 'hr.settings.json');
const inFolder = { cwd: folder, folder };
let stack: ReturnType<typeof run>;
let simulator: ReturnType<typeof run>;
let url = '';

beforeAll(async () => {
  const text = JSON.stringify(sources);
  writeFileSync(join(folder, 'hr-sources.json'), text);
  if (hasPowerShell) await runPowerShell(linesOf(['docs/hr-sources.md']).filter(isOfSettings), inFolder);
  else writeFileSync(settings, JSON.stringify({ Values: { HR_SOURCES: text } }));
  stack = run('local/start.js', [...ANY_PORT, '--settings', settings]);
  simulator = run('local/webex-simulator.js', ['--port', '0']);
  await until('the welcome', () => stack.output.out.includes('Ctrl-C stops all.') || undefined);
  await until('the simulator', () => simulator.output.out.includes('Ctrl-C stops it.') || undefined);
  [url = ''] = /http:\/\/\S+\/api/.exec(stack.output.out) ?? [];
});
afterAll(async () => {
  for (const process of [stack, simulator]) {
    process?.child.kill('SIGINT');
    await process?.ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

test.concurrent.each(PAGES)(
  'what %s gives to try has the outcome that stands beside it',
  async (page) => {
    const script = scriptOf(page);
    const expected = [...script.matchAll(/ # ((?:[a-z-]+(?: [a-z-]+)?(?:, )?)+)$/gm)].flatMap(
      ([, outcomes = '']) => outcomes.split(', '),
    );
    expect(expected.length).toBeGreaterThan(1);
    expect(preparation).toContain(ADDRESS);
    const prepared = preparation.replace(ADDRESS, url);
    const { stdout } = await promisify(execFile)('bash', ['-uc', `${prepared}\n${script}`], {
      timeout: SCRIPT_TIMEOUT_MS,
    });
    const outcomes = stdout.match(/^(?:[a-z-]+ [a-z-]+|refused)(?=: )/gm);
    expect([page, ...(outcomes ?? [stdout])]).toEqual([page, ...expected]);
  },
  TEST_TIMEOUT_MS,
);

/** The lines that a program prints for PowerShell: as many as for `curl`. */
function printedBy({ output }: ReturnType<typeof run>): string[] {
  const lines = output.out.match(/^ {2}\(?Invoke-.*$/gm) ?? [];
  expect(lines).toHaveLength((output.out.match(/^ {2}curl .*$/gm) ?? []).length);
  return lines.map((line) => line.trim());
}

inPowerShell(
  'what npm start, the pages on HTTP and those on the inventory give for PowerShell works there',
  async () => {
    const printed = await runPowerShell(printedBy(stack), inFolder);
    expect(printed).toMatch(/"requestId": +"first"[\s\S]*<EnumerationResults/);
    await until('what was dropped', () => /dropped {2}.*succeeded/.test(stack.output.out) || undefined);
    await until('the inventory', () => /inventory published/.test(stack.output.out) || undefined);
    const [, container, sas] = /'(http\S+\/inventory)\?(\S+)&restype=container/.exec(stack.output.out) ?? [];
    const listed = await (await fetch(`${container}?restype=container&comp=list&${sas}`)).text();
    const [, organization] = /<Name>v1\/([^/]+)\/latest\/manifest\.json</.exec(listed) ?? [];
    const lines = linesOf(OTHER_PAGES).filter(isTried);
    await runPowerShell(
      lines.map((line) => line.replaceAll(ADDRESS, url)),
      {
        ...inFolder,
        environment: { SEATLINE_URL: url, SEATLINE_KEY: LOCAL_FUNCTION_KEY },
        before: [`$INVENTORY = '${container}'`, `$SAS = '${sas}'`, `$ORG = '${organization}'`],
      },
    );
    expect(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))).toHaveProperty('runId');
  },
  TEST_TIMEOUT_MS,
);

inPowerShell(
  'what the simulator and its page give for PowerShell works there',
  async () => {
    const [, own = ''] = /^Webex simulator {2}(\S+)\/v1$/m.exec(simulator.output.out) ?? [];
    const lines = linesOf(SIMULATOR_PAGES).map((line) => line.replaceAll('http://127.0.0.1:7080', own));
    const printed = await runPowerShell([...printedBy(simulator), ...lines], inFolder);
    expect(printed).toMatch(/"name": +"Advanced Messaging"/);
  },
  TEST_TIMEOUT_MS,
);

inPowerShell(
  'what the pages of HR sources give for PowerShell works there',
  async () => {
    const lines = linesOf(HR_PAGES).filter(isTried);
    const environment = { SEATLINE_URL: url, SEATLINE_KEY: LOCAL_FUNCTION_KEY };
    // What `npx seatline` runs in a clone: npx takes longer than the command, and README.md tries it.
    const here = lines.map((line) =>
      line.replace('npx seatline', 'node infra/seatline.mjs').replace(' hr.settings.json', ` ${settings}`),
    );
    const printed = await runPowerShell(here, { cwd: root, folder, environment });
    expect(printed.match(/^answered 200/gm)).toHaveLength(
      lines.filter((line) => / hr send /.test(line)).length,
    );
    await parsePowerShell(linesOf([...HR_PAGES, 'docs/hr-sources.md']).filter(isElsewhere), {
      cwd: root,
      folder,
    });
  },
  TEST_TIMEOUT_MS,
);

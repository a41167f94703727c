import { spawn } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import * as z from 'zod';
import { inventoryDiffSchema, type LicenseDiff } from '../inventory/schemas/diff.ts';
import { licensesFileSchema } from '../inventory/schemas/files.ts';
import type { Api } from './api.ts';
import { JsonOption, printAs } from './json-output.ts';
import { licenseSchema, toLicenseTable } from './licenses.ts';
import { say } from './terminal.ts';
import { count } from './words.ts';

const shownFileSchema = licensesFileSchema.extend({ licenses: z.array(licenseSchema) });

const read = (api: Api, file: string) => api.getText(`/inventory/latest/${file}`);

/** The commands that show the files of the latest inventory run. */
export function addInventoryFiles(inventory: Command, api: () => Api): void {
  inventory
    .command('show')
    .description('show the licenses of the latest run')
    .addOption(new JsonOption(shownFileSchema))
    .action(async (options: { json?: true }) => {
      const file = shownFileSchema.parse(JSON.parse(await read(api(), 'licenses.json')));
      printAs(options, file, ({ licenses }) => toLicenseTable(licenses));
      say(`Run ${file.runId}, read ${file.readStartedAt}.`);
    });
  inventory
    .command('diff')
    .description('show what changed between the latest run and the one before it')
    .addOption(new JsonOption(inventoryDiffSchema))
    .action(async (options: { json?: true }) => {
      const diff = inventoryDiffSchema.parse(JSON.parse(await read(api(), 'diff.json')));
      const changed = diff.licenses.filter(({ status }) => status !== 'unchanged');
      printAs(options, diff, () => changed.map(toDiffLine));
      if (changed.length === 0) say(diff.previousRun ? 'Nothing changed.' : 'There is no run before it.');
    });
  inventory
    .command('open')
    .description('open the report of the latest run in the browser')
    .addOption(new JsonOption(z.object({ path: z.string() })))
    .action(async (options: { json?: true }) => {
      const path = join(await mkdtemp(join(tmpdir(), 'seatline-')), 'report.html');
      await writeFile(path, await read(api(), 'report.html'));
      printAs(options, { path }, () => [path]);
      openFile(path);
    });
  inventory
    .command('get')
    .description('print the licenses of the latest run as JSON')
    .option('--csv', 'as CSV')
    .action(async ({ csv }: { csv?: true }) => {
      // As it is: a file, and not lines for a terminal.
      process.stdout.write(await read(api(), csv ? 'licenses.csv' : 'licenses.json'));
    });
}

function toDiffLine({ name, previousName, status, totalUnits, consumedUnits, people }: LicenseDiff): string {
  const renamed = previousName === undefined ? '' : ` (was ${previousName})`;
  const facts = [
    toChange('bought', totalUnits.change),
    toChange('used', consumedUnits.change),
    people && people.gained > 0 && `${count(people.gained, 'person', 'people')} gained it`,
    people && people.lost > 0 && `${count(people.lost, 'person', 'people')} lost it`,
  ];
  return [`${status.padEnd(9)} ${name}${renamed}`, ...facts.filter(Boolean)].join('  ');
}

const toChange = (what: string, change = 0) => change !== 0 && `${change > 0 ? '+' : ''}${change} ${what}`;

/** Where there is no browser, the path that was printed is all there is. */
function openFile(path: string): void {
  const [command, ...args] =
    process.platform === 'win32'
      ? ['cmd', '/c', 'start', '', path]
      : [process.platform === 'darwin' ? 'open' : 'xdg-open', path];
  const child = spawn(command ?? '', args, { stdio: 'ignore', detached: true });
  child.once('error', () => say('No browser could be started.'));
  child.unref();
}

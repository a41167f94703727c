/**
 * `npm run bench`: measures Seatline against its floors and its peers, and prints the ratios. A name runs one
 * measurement, `--json <file>` writes the results. The exit code is 1 where a goal is
 * missed, or something could not be measured.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { backlog } from './backlog.ts';
import { coalescing } from './coalescing.ts';
import { coldStart } from './cold-start.ts';
import { drift } from './drift/drift.ts';
import { growth } from './growth.ts';
import { hrBurst } from './hr-burst.ts';
import { intake } from './intake.ts';
import { inventory } from './inventory/inventory.ts';
import { inventoryMemory } from './inventory/memory.ts';
import { toMachine } from './machine.ts';
import { isMissed, type Measurement, type Result } from './measurement.ts';
import { naiveWorker } from './naive-worker.ts';
import { paceChange } from './pace/pace-change.ts';
import { paceOf, paceSlow } from './pace/pace-instances.ts';
import { pacePeers } from './pace/pace-peers.ts';
import { policyChange } from './policy-change.ts';
import { toReport } from './report.ts';
import { storageTransactions } from './storage-transactions.ts';
import { worker } from './worker.ts';

const MEASUREMENTS: readonly Measurement[] = [
  coldStart,
  intake,
  worker,
  storageTransactions,
  coalescing,
  backlog,
  growth,
  hrBurst,
  policyChange,
  naiveWorker,
  inventory,
  inventoryMemory,
  drift,
  paceOf(1),
  paceOf(3),
  paceOf(8),
  paceSlow,
  paceChange,
  pacePeers,
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' } },
});
const known = MEASUREMENTS.flatMap(({ names }) => names);
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`There is no measurement ${unknown.join(', ')}: they are ${known.join(', ')}.\n`);
  process.exit(2);
}

const machine = toMachine();
const say = (line: string) => void process.stderr.write(`  ${line}\n`);
const results: Result[] = [];
const failed: string[] = [];
for (const { names, run } of MEASUREMENTS) {
  if (positionals.length > 0 && !names.some((name) => positionals.includes(name))) continue;
  process.stderr.write(`${names.join(', ')}\n`);
  try {
    results.push(...(await run(say)));
  } catch (error) {
    // The others are measured all the same, and the whole has failed.
    failed.push(names.join(', '));
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  }
}

process.stdout.write(toReport(machine, results, failed));
if (values.json) await writeFile(values.json, `${JSON.stringify({ machine, results }, null, 2)}\n`);
process.exitCode = failed.length === 0 && !results.some(isMissed) ? 0 : 1;

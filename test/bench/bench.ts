/**
 * `npm run bench`: measures Seatline against its floors and its peers, and prints the ratios. A name runs one
 * measurement, `--json <file>` writes the results. The exit code is 1 where a goal is missed.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { coalescing } from './coalescing.ts';
import { coldStart } from './cold-start.ts';
import { growth } from './growth.ts';
import { hrBurst } from './hr-burst.ts';
import { intake } from './intake.ts';
import { inventory } from './inventory/inventory.ts';
import { inventoryMemory } from './inventory/memory.ts';
import { toMachine } from './machine.ts';
import { isReached, type Measurement, type Result } from './measurement.ts';
import { naiveWorker } from './naive-worker.ts';
import { paceChange } from './pace/pace-change.ts';
import { paceOf } from './pace/pace-instances.ts';
import { pacePeers } from './pace/pace-peers.ts';
import { storageTransactions } from './storage-transactions.ts';
import { worker } from './worker.ts';

const MEASUREMENTS: readonly Measurement[] = [
  coldStart,
  intake,
  worker,
  storageTransactions,
  coalescing,
  growth,
  hrBurst,
  naiveWorker,
  inventory,
  inventoryMemory,
  paceOf(1),
  paceOf(3),
  paceOf(8),
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
for (const { names, run } of MEASUREMENTS) {
  if (positionals.length > 0 && !names.some((name) => positionals.includes(name))) continue;
  process.stderr.write(`${names.join(', ')}\n`);
  results.push(...(await run(say)));
}

process.stdout.write(
  `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}\n\n`,
);
for (const result of results) process.stdout.write(`${toLine(result)}\n`);
if (values.json) await writeFile(values.json, `${JSON.stringify({ machine, results }, null, 2)}\n`);
process.exitCode = results.every(isReached) ? 0 : 1;

function toLine(result: Result): string {
  const { name, ratio, better, goal, detail } = result;
  const sign = better === 'higher' ? 'at least' : 'at most';
  const facts = Object.entries(detail).map(
    ([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return [
    `${isReached(result) ? 'ok    ' : 'MISSED'} ${name.padEnd(22)} ${ratio.toFixed(3).padStart(8)}  ${sign} ${goal}`,
    ...facts.map((fact) => `         ${fact}`),
  ].join('\n');
}

/**
 * `npm run chaos`: many seeds, each its own people, kills and troubles; `--seed 7` repeats one. In each third seed all
 * hosts lose storage for a minute; beside each fourth one runs a flood of removals. Prints a line for each
 * and the totals; the exit code is 1 where something is lost, wrong, contradictory or sent again.
 */
import { parseArgs } from 'node:util';
import { REAL_TIMING } from '../../infra/local/host/timing.ts';
import { runFlood } from './flood.ts';
import { toFloodLines, toKillLines, toLines } from './report.ts';
import { type ChaosReport, runSeed } from './run-seed.ts';
import { isClean } from './verdict.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    /** The first seed, and how many. */
    from: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '40' },
    people: { type: 'string', default: '150' },
    kills: { type: 'string', default: '24' },
    stops: { type: 'string', default: '2' },
    log: { type: 'boolean', default: false },
  },
});
// Storage runs in a process of its own, which ends with this one where this one exits.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const say = (line: string) => void process.stdout.write(`${line}\n`);
const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
const reports: ChaosReport[] = [];
/** In each third seed: twice as long as a host tries before it ends. */
const OUTAGE = { lastsMs: 60_000, hostRetryMs: REAL_TIMING.storageRetryMs };
const OUTAGE_EVERY = 3;
/** Beside each fourth seed: removals far beyond the limit. */
const FLOOD_EVERY = 4;
const FLOOD = { leavers: 60, joiners: 20, perHour: 8, kills: 16 };
/** For what goes on ending, however slow the machine is. */
const DEADLINE_MS = 1_800_000;
let areFloodsClean = true;
for (let seed = first; seed < first + count; seed += 1) {
  const options = {
    seed,
    people: Number(values.people),
    kills: Number(values.kills),
    storageStops: Number(values.stops),
    ...(seed % OUTAGE_EVERY === 0 && { outage: OUTAGE }),
  };
  const times = { overMs: 15_000, deadlineMs: DEADLINE_MS };
  const onLog = values.log ? (line: string) => void process.stderr.write(`${line}\n`) : undefined;
  const report = await runSeed({ ...options, ...times }, onLog);
  reports.push(report);
  for (const line of toLines(report)) say(line);
  if (seed % FLOOD_EVERY !== 0) continue;
  const flood = await runFlood({ seed, ...FLOOD });
  areFloodsClean &&= isClean(flood.verdict);
  for (const line of toFloodLines(flood)) say(line);
}
const sum = (of: (report: ChaosReport) => number) => reports.reduce((total, one) => total + of(one), 0);
say('');
say(
  `${reports.length} seeds, ${sum(({ people }) => people)} people, ${sum(({ requests }) => requests)} requests, ` +
    `${sum(({ killed }) => killed)} kills, ${sum(({ lateArrivals }) => lateArrivals)} late changes, ${sum(({ webexCalls }) => webexCalls)} Webex calls, ${sum(({ seconds }) => seconds)} s`,
);
for (const line of toKillLines(reports)) say(line);
process.exitCode = areFloodsClean && reports.every(({ verdict }) => isClean(verdict)) ? 0 : 1;

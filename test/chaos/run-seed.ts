import { setTimeout as delay } from 'node:timers/promises';
import pMap from 'p-map';
import * as z from 'zod';
import { REAL_TIMING } from '../../infra/local/host/timing.ts';
import { LOCAL_FUNCTION_KEY } from '../../infra/local/stack.ts';
import { addPerson } from '../../infra/local/webex/organization.ts';
import type { WebexSimulator } from '../../infra/local/webex/simulator.ts';
import type { StoredEntry } from '../../src/ledger/entry.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { isOpen } from '../../src/ledger/states.ts';
import { createStorageClients } from '../../src/storage/clients.ts';
import { createTableLedger } from '../../src/storage/table-ledger.ts';
import { createChance } from './chance.ts';
import { type Cluster, HOSTS, startCluster } from './cluster.ts';
import { deliver } from './deliver.ts';
import { createKiller, type Killer, type Point } from './killer.ts';
import { aliasOf, toKeysOf } from './spelling.ts';
import { cutStorageOff, type Outage, stopStorage } from './storage-trouble.ts';
import { toStory } from './story.ts';
import { judge, type Verdict } from './verdict.ts';
import { createWatch } from './watch.ts';
import { createWorkload, type Human } from './workload.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly people: number;
  readonly kills: number;
  /** How often storage is stopped, and started again. */
  readonly storageStops: number;
  /** All hosts lose storage for this long, once. */
  readonly outage?: Outage;
  /** Over which time the requests and events come. */
  readonly overMs: number;
  /** What is not done by then counts as lost; sooner where nothing has ended for `STALLED_MS`. */
  readonly deadlineMs: number;
  /** Share of the calls that meet trouble; by default some do. */
  readonly trouble?: { readonly webex: number; readonly storage: number };
}

export interface ChaosReport {
  readonly seed: number;
  readonly people: number;
  /** Sent, duplicates included. */
  readonly sent: number;
  readonly requests: number;
  readonly states: Readonly<Record<string, number>>;
  readonly kills: ReadonlyMap<Point, number>;
  readonly killed: number;
  readonly storageStops: number;
  /** How often a host ended because storage was away. */
  readonly hostEnds: number;
  /** Changes of the dead that reached Webex after those of whoever took over. */
  readonly lateArrivals: number;
  readonly webexCalls: number;
  readonly webexChanges: number;
  readonly seconds: number;
  readonly verdict: Verdict;
  /** Of the people with whom something is wrong. */
  readonly stories: readonly string[];
}

const TROUBLE = { webex: 0.08, storage: 0.01 };
const KILL_EVERY_MS = 500;
const SWEEP_EVERY_MS = 1_000;
const LOOK_EVERY_MS = 500;
/** Longer than anything that is hidden or waits, by the clock of the app, until somebody looks at it again. */
const STALLED_MS = 120_000;

/** One run: people who join, move and leave, workers that die, and in the end the verdict. */
export async function runSeed(
  options: ChaosOptions,
  onLog: (line: string) => void = () => {},
): Promise<ChaosReport> {
  const { seed, people: count, kills, storageStops, outage, overMs, deadlineMs } = options;
  const startedAt = Date.now();
  // What happens by chance while it runs must not decide who the people are.
  const chance = createChance(-seed);
  const failures: unknown[] = [];
  const owners = new Map<string, string>();
  const refused = new Map<string, number>();
  const inBackground = (task: Promise<unknown>) => void task.catch((error: unknown) => failures.push(error));
  let cluster: Cluster | undefined;
  let killer: Killer | undefined;
  const running = () => {
    if (cluster === undefined) throw new Error('The cluster has not started');
    return cluster;
  };
  const { watch, seen, lateArrivals } = createWatch({
    simulator: () => running().simulator,
    isTime: (when, step) => killer?.isTime(when, step),
    crashWorker: (host) => running().crashWorker(host),
    crashHost: (host) => inBackground(running().crashHost(host)),
    resend: (call) => running().resend(call),
    chance,
    now: () => running().now(),
    ownerOf: (personKey) => owners.get(personKey),
    refused,
    trouble: options.trouble ?? TROUBLE,
  });
  const stopping = new AbortController();
  try {
    let hostEnds = 0;
    const hostRetryMs = outage?.hostRetryMs ?? REAL_TIMING.storageRetryMs;
    cluster = await startCluster(watch, hostRetryMs, ({ level, message }) => {
      if (message.startsWith('host-ended:')) hostEnds += 1;
      onLog(`${level} ${message}`);
    });
    const { simulator, connectionString } = cluster;
    const { people, wishes } = createWorkload(count, seed, cluster.now());
    introduce(people, cluster.simulator);
    for (const { email, refusals } of people) if (refusals > 0) refused.set(email, refusals);
    for (const { email, named } of wishes) for (const key of toKeysOf(named)) owners.set(key, email);
    killer = createKiller(kills, KILL_EVERY_MS, chance, () =>
      running().crashWorker(chance.between(0, HOSTS - 1)),
    );
    inBackground(sweepAgainAndAgain(cluster, stopping.signal));
    const trouble = { cluster, overMs, chance, signal: stopping.signal };
    const storageTroubled = Promise.all([
      stopStorage(trouble, storageStops),
      outage && cutStorageOff(trouble, outage),
    ]);
    inBackground(storageTroubled);
    await deliver(cluster, wishes, overMs, chance);
    const [stopped] = await storageTroubled;
    const storage = createStorageClients({ kind: 'connection-string', connectionString });
    const ledger = createTableLedger(storage, 90 * 86_400_000);
    const asked = wishes.flatMap(({ id, by }) => (by === 'hr' ? [] : [id]));
    const countEnds = () => seen.filter((one) => one.kind === 'ended' && one.requestIds.length > 0).length;
    await untilAllEnded(cluster, ledger, asked, startedAt + deadlineMs, countEnds);
    killer.stop();
    const entries = await readAll(ledger);
    const calls = simulator.requests();
    if (failures.length > 0) throw new AggregateError(failures, 'The run itself went wrong');
    const verdict = judge(people, entries, seen, simulator);
    const isWrong = ({ email }: Human) => verdict.wrong.includes(email);
    return {
      seed,
      people: count,
      sent: wishes.length,
      requests: entries.length,
      states: countBy(entries.map(({ state }) => state)),
      kills: killer.kills,
      killed: killer.total,
      storageStops: stopped,
      hostEnds,
      lateArrivals: lateArrivals(),
      webexCalls: calls.length,
      webexChanges: calls.filter(({ method }) => method === 'PATCH').length,
      seconds: Math.round((Date.now() - startedAt) / 1_000),
      verdict,
      stories: people.filter(isWrong).flatMap((human) => toStory(human, entries, simulator)),
    };
  } finally {
    stopping.abort();
    killer?.stop();
    await cluster?.stop();
  }
}

/** Makes Webex know the people, with what they hold at first. */
export function introduce(people: readonly Human[], simulator: WebexSimulator): void {
  const organization = simulator.organization();
  const licenses = [...organization.licenses.values()];
  for (const { email, holds, unknownLooks } of people) {
    const ids = licenses.filter(({ name }) => holds.some((held) => held === name)).map(({ id }) => id);
    addPerson(organization, { email, aliases: [aliasOf(email)], licenses: ids, unknownLooks });
  }
}

/** On one host or another: several may run it at the same time. */
async function sweepAgainAndAgain(cluster: Cluster, signal: AbortSignal): Promise<void> {
  for (let host = 0; !signal.aborted; host = (host + 1) % HOSTS) {
    // A host that is down does not sweep.
    await cluster.runSweep(host).catch(() => undefined);
    await delay(SWEEP_EVERY_MS);
    await cluster.sweeps.untilAtMost(HOSTS - 1, signal);
  }
}

const listSchema = z.object({ items: z.array(z.unknown()) });

/** Until no event of HR and no request is open; what is still open at the deadline is the verdict's to name. */
async function untilAllEnded(
  cluster: Cluster,
  ledger: Ledger,
  asked: readonly string[],
  deadlineMs: number,
  countEnds: () => number,
): Promise<void> {
  const known = new Set<string>();
  let [ends, movedAt] = [countEnds(), Date.now()];
  while (Date.now() < Math.min(deadlineMs, movedAt + STALLED_MS)) {
    await delay(LOOK_EVERY_MS);
    if (countEnds() > ends) [ends, movedAt] = [countEnds(), Date.now()];
    // What was dropped is not in the ledger before it is read.
    const unknown = asked.filter((requestId) => !known.has(requestId));
    await pMap(unknown, look, { concurrency: 8 });
    if (known.size === new Set(asked).size && (await isAllEnded(cluster, ledger))) return;
  }

  async function look(requestId: string): Promise<void> {
    // Storage may be away at this moment.
    const entry = await ledger.read(requestId).catch(() => undefined);
    if (entry) known.add(requestId);
  }
}

async function isAllEnded(cluster: Cluster, ledger: Ledger): Promise<boolean> {
  const headers = { 'x-functions-key': LOCAL_FUNCTION_KEY };
  try {
    for (const state of ['accepted', 'needs-identity']) {
      const answer = await fetch(`${cluster.apiUrl(0)}/hr-events?state=${state}`, { headers });
      if (listSchema.parse(await answer.json()).items.length > 0) return false;
    }
    return (await readAll(ledger)).every(({ state }) => !isOpen(state));
  } catch {
    // Storage or the host is away at this moment.
    return false;
  }
}

/** All in one look: one that moves from state to state would escape a look at each state. */
async function readAll(ledger: Ledger): Promise<readonly StoredEntry[]> {
  const all: StoredEntry[] = [];
  let next: string | undefined;
  do {
    const page = await ledger.list({ waitingOrMovedSince: new Date(0) }, 500, next);
    all.push(...page.entries);
    next = page.next;
  } while (next !== undefined);
  return all;
}

function countBy(names: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries(counts);
}

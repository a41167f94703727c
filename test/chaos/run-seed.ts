import * as z from 'zod';
import { REAL_TIMING } from '../../infra/local/host/timing.ts';
import { LOCAL_FUNCTION_KEY } from '../../infra/local/stack.ts';
import { addPerson } from '../../infra/local/webex/organization.ts';
import type { WebexSimulator } from '../../infra/local/webex/simulator.ts';
import type { StoredRequest } from '../../src/requests/record/record.ts';
import { isOpen } from '../../src/requests/record/states.ts';
import type { RequestStore } from '../../src/requests/store.ts';
import { createStorageClients } from '../../src/storage/clients.ts';
import { createTableRequestStore } from '../../src/storage/tables/request-store.ts';
import { createChance } from './chance.ts';
import { type Cluster, HOSTS, startCluster } from './cluster.ts';
import { createAgain } from './created-again.ts';
import { deliver } from './deliver.ts';
import { createKiller, type Killer, type Point } from './killer.ts';
import { passNights } from './nights.ts';
import { createPatience, type Patience } from './patience.ts';
import { createProgress, type Progress } from './progress.ts';
import { createRefusals } from './refusals.ts';
import { aliasOf, createFindOwner, type FindOwner, toKeysOf } from './spelling.ts';
import { cutStorageOff, type Outage, stopStorage } from './storage-trouble.ts';
import { toStory } from './story.ts';
import { sweepAgainAndAgain } from './sweep-runs.ts';
import { createUnusual } from './unusual.ts';
import { createNameOf, judge, type Verdict } from './verdict.ts';
import { countOutlived } from './waits.ts';
import { createWatch } from './watch.ts';
import { createWorkload, type Fate, type Human, type Wish } from './workload.ts';

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
  /** What is not done by then counts as lost; sooner where nothing ends any more. */
  readonly deadlineMs: number;
  /** Share of the calls that meet trouble; by default some do. */
  readonly trouble?: { readonly webex: number; readonly storage: number };
  /** Only the ordinary people, and no nights. */
  readonly isPlain?: boolean;
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
  /** Requests that succeeded after they had waited for longer than the horizon. */
  readonly outlived: number;
  readonly webexCalls: number;
  readonly webexChanges: number;
  readonly seconds: number;
  /** How often time was skipped in which everything waited. */
  readonly skips: number;
  /** Seconds of the sending, the day, the nights and what is left. */
  readonly phases: readonly number[];
  /** How often a host was told when to call again, and the calls of others before that. */
  readonly patience: Patience['counts'];
  readonly verdict: Verdict;
  /** Of the people with whom something is wrong. */
  readonly stories: readonly string[];
}

const TROUBLE = { webex: 0.08, storage: 0.01 };
const KILL_EVERY_MS = 500;
/** Where nothing moves for so long, all that is left waits for a time. */
const QUIET_MS = 8_000;
/** Longer than anything that is hidden or waits until the sweep finds it, and shorter than the horizon. */
const SKIPPED_MS = 20 * 60_000;
/** After so many in which nothing ended, each with twice as long a quiet after it, nothing will. */
const IDLE_SKIPS = 4;
/** Over which time the requests of the evening come. */
const EVENING_MS = 1_000;

/** One run: people who join, move and leave, workers that die, and in the end the verdict. */
export async function runSeed(
  options: ChaosOptions,
  onLog: (line: string) => void = () => {},
): Promise<ChaosReport> {
  const { seed, people: count, kills, storageStops, outage, overMs, deadlineMs, isPlain = false } = options;
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
  const progress = createProgress();
  const fates = new Map<string, Fate>();
  let findOwner: FindOwner = () => undefined;
  const isOfSecondOrg = (personId: string) =>
    fates.get(findOwner({ personId }) ?? '') === 'second organization';
  const refusals = createRefusals(isOfSecondOrg);
  const patience = createPatience(() => running().now().getTime());
  const crashWorker = (host: number) => {
    running().crashWorker(host);
    patience.noteDeath(host);
  };
  const { watch, seen, lateArrivals } = createWatch({
    simulator: () => running().simulator,
    isTime: (when, step) => killer?.isTime(when, step),
    crashWorker,
    crashHost(host) {
      patience.noteDeath(host);
      inBackground(running().crashHost(host));
    },
    resend: (call) => running().resend(call),
    chance,
    now: () => running().now(),
    ownerOf: (personKey) => owners.get(personKey),
    findOwner: (named) => findOwner(named),
    refusals,
    patience,
    mayBeLate: (email) => fates.get(email) !== 'created again',
    onWritten: progress.note,
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
    const usual = createWorkload(count, seed, cluster.now());
    const unusual = isPlain ? [] : createUnusual(seed, cluster.now());
    const people = [...usual.people, ...unusual];
    const sentIn = (sent: Wish['sent']) =>
      unusual.flatMap(({ wishes }) => wishes.filter((wish) => wish.sent === sent));
    const all = people.flatMap(({ wishes }) => wishes);
    const nameOf = createNameOf(simulator);
    findOwner = createFindOwner(people.map(({ email }) => email));
    introduce(people, simulator);
    for (const { email, refusals: times, fate } of people) {
      if (times > 0) refused.set(email, times);
      if (fate) fates.set(email, fate);
    }
    for (const { email, named } of all) for (const key of toKeysOf(named)) owners.set(key, email);
    killer = createKiller(kills, KILL_EVERY_MS, chance, () => crashWorker(chance.between(0, HOSTS - 1)));
    inBackground(sweepAgainAndAgain(cluster, HOSTS, stopping.signal));
    const trouble = { cluster, overMs, chance, signal: stopping.signal };
    const storageTroubled = Promise.all([
      stopStorage(trouble, storageStops),
      outage && cutStorageOff(trouble, outage),
    ]);
    inBackground(storageTroubled);
    const day = chance.shuffle([...usual.wishes, ...sentIn(undefined)]);
    const rebirths = unusual
      .filter(({ fate }) => fate === 'created again')
      .map((human) => createAgain(human, { cluster: running(), overMs, chance }));
    await Promise.all([deliver(cluster, day, overMs, chance), ...rebirths]);
    const [stopped] = await storageTroubled;
    const storage = createStorageClients({ kind: 'connection-string', connectionString });
    const requestStore = createTableRequestStore(storage, 90 * 86_400_000);
    const toAsked = (wishes: readonly Wish[]) => wishes.flatMap(({ id, by }) => (by === 'hr' ? [] : [id]));
    const sendsLater = sentIn('in the evening');
    const sentAt = Date.now();
    await progress.untilEndedOrQuiet(toAsked(all), QUIET_MS);
    killer.stop();
    const eveningAt = Date.now();
    if (!isPlain) {
      refusals.refuseAll(seed % 2 === 0 ? 'rate' : 'token');
      await deliver(cluster, sendsLater, EVENING_MS, chance);
      await passNights({ cluster, refusals });
    }
    const morningAt = Date.now();
    const end = { cluster, requestStore, progress, asked: toAsked(all), deadline: startedAt + deadlineMs };
    const skips = await untilAllEnded(end);
    const records = await readAll(requestStore);
    const calls = simulator.requests();
    if (failures.length > 0) throw new AggregateError(failures, 'The run itself went wrong');
    const verdict = {
      ...judge(people, records, seen, simulator, nameOf),
      hasty: patience.findHasty(),
    };
    const isWrong = ({ email }: Human) => verdict.wrong.includes(email);
    return {
      seed,
      people: people.length,
      sent: day.length + sendsLater.length + rebirths.length,
      requests: records.length,
      states: countBy(records.map(({ state }) => state)),
      kills: killer.kills,
      killed: killer.total,
      storageStops: stopped,
      hostEnds,
      lateArrivals: lateArrivals(),
      outlived: countOutlived(records),
      webexCalls: calls.length,
      webexChanges: calls.filter(({ method }) => method === 'PATCH').length,
      seconds: Math.round((Date.now() - startedAt) / 1_000),
      skips,
      phases: [startedAt, sentAt, eveningAt, morningAt, Date.now()].flatMap((at, index, every) =>
        index === 0 ? [] : [Math.round((at - (every[index - 1] ?? at)) / 1_000)],
      ),
      patience: patience.counts,
      verdict,
      stories: people.filter(isWrong).flatMap((human) => toStory(human, records, simulator)),
    };
  } finally {
    stopping.abort();
    killer?.stop();
    await cluster?.stop();
  }
}

/** Makes Webex know the people, with what they hold at first. */
export function introduce(people: readonly Human[], simulator: WebexSimulator): void {
  const [own, second] = simulator.organizations();
  for (const { email, holds, unknownLooks, fate } of people) {
    const organization = fate === 'second organization' ? second : own;
    if (organization === undefined || fate === 'never there') continue;
    const licenses = [...organization.licenses.values()];
    const ids = licenses.filter(({ name }) => holds.some((held) => held === name)).map(({ id }) => id);
    addPerson(organization, { email, aliases: [aliasOf(email)], licenses: ids, unknownLooks });
  }
}

const listSchema = z.object({ items: z.array(z.unknown()) });

interface End {
  readonly cluster: Cluster;
  readonly requestStore: RequestStore;
  readonly progress: Progress;
  readonly asked: readonly string[];
  /** Epoch milliseconds. */
  readonly deadline: number;
}

/**
 * Until no event of HR and no request is open; what is still open at the deadline is the verdict's to name. Where all
 * that is left waits for a time, that is skipped. @returns how often it was
 */
async function untilAllEnded({ cluster, requestStore, progress, asked, deadline }: End): Promise<number> {
  let [skips, idleSkips] = [0, 0];
  while (Date.now() < deadline) {
    const before = progress.ends();
    await progress.untilEndedOrQuiet(asked, QUIET_MS * 2 ** idleSkips);
    if (await isAllEnded(cluster, requestStore, asked)) return skips;
    idleSkips = progress.ends() > before ? 0 : idleSkips + 1;
    if (idleSkips > IDLE_SKIPS) return skips;
    skips += 1;
    await cluster.skipTime(SKIPPED_MS);
  }
  return skips;
}

async function isAllEnded(
  cluster: Cluster,
  requestStore: RequestStore,
  asked: readonly string[],
): Promise<boolean> {
  const headers = { 'x-functions-key': LOCAL_FUNCTION_KEY };
  try {
    for (const state of ['accepted', 'needs-identity']) {
      const answer = await fetch(`${cluster.apiUrl(0)}/hr-events?state=${state}`, { headers });
      if (listSchema.parse(await answer.json()).items.length > 0) return false;
    }
    const records = await readAll(requestStore);
    const known = new Set(records.map(({ requestId }) => requestId));
    // What was dropped is not in the request store before it is read.
    return asked.every((requestId) => known.has(requestId)) && records.every(({ state }) => !isOpen(state));
  } catch {
    // Storage or the host is away at this moment.
    return false;
  }
}

/** All in one look: one that moves from state to state would escape a look at each state. */
async function readAll(requestStore: RequestStore): Promise<readonly StoredRequest[]> {
  const all: StoredRequest[] = [];
  let next: string | undefined;
  do {
    const page = await requestStore.list({ waitingOrMovedSince: new Date(0) }, 500, next);
    all.push(...page.records);
    next = page.next;
  } while (next !== undefined);
  return all;
}

function countBy(names: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries(counts);
}

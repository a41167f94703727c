import { setTimeout as delay } from 'node:timers/promises';
import { LOCAL_FUNCTION_KEY } from '../../infra/local/stack.ts';
import { addPerson } from '../../infra/local/webex/organization.ts';
import type { StoredRequest } from '../../src/requests/record/record.ts';
import { isOpen } from '../../src/requests/record/states.ts';
import { createStorageClients } from '../../src/storage/clients.ts';
import { createTableRequestStore } from '../../src/storage/tables/request-store.ts';
import { createChance } from './chance.ts';
import { type Cluster, HOSTS, startCluster } from './cluster.ts';
import { createKiller, type Killer } from './killer.ts';
import { createRemovals } from './removals.ts';
import { isDone, toStep, toWritten } from './steps.ts';
import { sweepAgainAndAgain } from './sweep-runs.ts';
import type { Call, Watch } from './wire.ts';

export interface FloodOptions {
  readonly seed: number;
  /** How many lose their license; a third of them is rejected. */
  readonly leavers: number;
  /** How many get one meanwhile. */
  readonly joiners: number;
  readonly perHour: number;
  readonly kills: number;
}

export interface FloodReport {
  readonly seed: number;
  readonly killed: number;
  /** People who lost their license before somebody decided, and after the window was over. */
  readonly removed: { readonly before: number; readonly later: number };
  /** From the answer to a joiner until the license is there, by the clock of the app. */
  readonly joinerSeconds: readonly number[];
  readonly seconds: number;
  readonly verdict: FloodVerdict;
}

/** What went wrong; all empty where nothing did. */
export interface FloodVerdict {
  /** Requests that have not ended, or ended otherwise than as was decided. */
  readonly lost: readonly string[];
  /** People who hold another license than as was decided. */
  readonly wrong: readonly string[];
  /** Hours in which more people lost something than may, without approval. */
  readonly tooMany: readonly string[];
  /** Removals that still found no room when the window was over. */
  readonly heldOn: readonly string[];
}

const LICENSE = 'Advanced Messaging';
const HOUR_MS = 3_600_000;
/** A removal counts for the hour and for as long as it may happen later. */
const WINDOW_MS = HOUR_MS + 2 * 60_000;
const QUIET_MS = 8_000;
const KILL_EVERY_MS = 500;
const DEADLINE_MS = 600_000;
const AT_ONCE_MS = 100;
const headers = { 'x-functions-key': LOCAL_FUNCTION_KEY, 'content-type': 'application/json' };

/** A flood of removals beyond the limit, and people who join meanwhile, while workers are killed. */
export async function runFlood(options: FloodOptions): Promise<FloodReport> {
  const { seed, leavers, joiners, perHour, kills } = options;
  const startedAt = Date.now();
  const chance = createChance(seed);
  const failures: unknown[] = [];
  const inBackground = (task: Promise<unknown>) => void task.catch((error: unknown) => failures.push(error));
  let cluster: Cluster | undefined;
  let killer: Killer | undefined;
  const running = () => {
    if (cluster === undefined) throw new Error('The cluster has not started');
    return cluster;
  };
  const toEmail = (personId: string) =>
    [...running().simulator.organization().people].find(([, { id }]) => id === personId)?.[0];
  const removals = createRemovals(() => running().now().getTime(), toEmail);
  const gainedAt = new Map<string, number>();
  let movedAt = Date.now();
  const kill = (call: Call) => {
    if (toStep(call) === 'ack') inBackground(running().crashHost(call.host));
    else running().crashWorker(call.host);
    return 'cut' as const;
  };
  const watch: Watch = {
    before(call) {
      const step = toStep(call);
      return step !== undefined && killer?.isTime('before', step) ? kill(call) : 'pass';
    },
    after(call, answered) {
      if (isDone(answered) && toWritten(call).length > 0) movedAt = Date.now();
      for (const { email, operation } of removals.note(call, answered))
        if (operation === 'add' && !gainedAt.has(email)) gainedAt.set(email, running().now().getTime());
      const step = toStep(call);
      return step !== undefined && killer?.isTime('after', step) ? kill(call) : 'pass';
    },
  };
  const stopping = new AbortController();
  try {
    const limits = { REMOVALS_PER_HOUR: `${perHour}`, REMOVALS_PER_DAY: '4000' };
    cluster = await startCluster(watch, 1_000, () => {}, limits);
    const { simulator, connectionString } = cluster;
    const organization = simulator.organization();
    const ids = [...organization.licenses.values()].flatMap(({ id, name }) => (name === LICENSE ? id : []));
    const introduce = (name: string, count: number, licenses: readonly string[]) =>
      Array.from({ length: count }, (_, index) => {
        const email = `f${seed}-${name}${index}@example.com`;
        addPerson(organization, { email, licenses: [...licenses] });
        return email;
      });
    const [leaving, joining] = [introduce('leaver', leavers, ids), introduce('joiner', joiners, [])];
    const rejected = leaving.filter((_, index) => index % 3 === 0);
    const approved = leaving.filter((email) => !rejected.includes(email));
    killer = createKiller(kills, KILL_EVERY_MS, chance, () =>
      running().crashWorker(chance.between(0, HOSTS - 1)),
    );
    inBackground(sweepAgainAndAgain(cluster, HOSTS, stopping.signal));
    const askedAt = new Map<string, number>();
    const ask = async (email: string, operation: 'add' | 'remove', batch: string) => {
      const body = {
        requestId: email.replace('@example.com', `-${operation}`),
        person: { email },
        licenses: [{ license: LICENSE, operation }],
        batch,
      };
      await untilAnswered(running(), chance, 'license-requests', body);
      askedAt.set(email, running().now().getTime());
    };
    await Promise.all([
      ...approved.map((email) => ask(email, 'remove', `go-${seed}`)),
      ...rejected.map((email) => ask(email, 'remove', `stay-${seed}`)),
      ...joining.map(async (email, index) => {
        await delay(AT_ONCE_MS * index);
        await ask(email, 'add', `join-${seed}`);
      }),
    ]);
    const storage = createStorageClients({ kind: 'connection-string', connectionString });
    const requestStore = createTableRequestStore(storage, 90 * 24 * HOUR_MS);
    const read = async (email: string, operation: string) =>
      requestStore.read(email.replace('@example.com', `-${operation}`));
    const readAll = (emails: readonly string[], operation: string) =>
      Promise.all(emails.map((email) => read(email, operation)));
    /** How long joiners take is measured: no time is skipped while one waits. */
    const until = async (isSo: () => Promise<boolean>) => {
      const deadline = Date.now() + DEADLINE_MS;
      while (Date.now() < deadline && !(await isSo())) {
        // What is left waits for a time, such as for the sweep to find it.
        const isJoining = joining.some((email) => !gainedAt.has(email));
        if (!isJoining && Date.now() > movedAt + QUIET_MS) {
          await running().skipTime(3 * 60_000);
          movedAt = Date.now();
        }
        await delay(AT_ONCE_MS);
      }
    };
    const isHeld = (record: StoredRequest | undefined) => record?.waiting?.for === 'needs-approval';
    const isOver = (record: StoredRequest | undefined) => record !== undefined && !isOpen(record.state);
    await until(async () => {
      const [all, joined] = [await readAll(leaving, 'remove'), await readAll(joining, 'add')];
      return joined.every(isOver) && all.every((record) => isHeld(record) || isOver(record));
    });
    const before = removals.people().length;
    for (const [cause, decision] of [
      [`batch-go-${seed}`, 'approve'],
      [`batch-stay-${seed}`, 'reject'],
    ] as const) {
      removals.approve(decision === 'approve' ? approved : []);
      await untilAnswered(running(), chance, `approvals/${cause}`, { decision, reason: 'as agreed' });
    }
    await until(async () => (await readAll(leaving, 'remove')).every(isOver));
    killer.stop();

    // What was counted by those who died counts for a window, and no longer.
    await cluster.skipTime(WINDOW_MS);
    const lateCount = perHour - 1;
    const late = introduce('late', lateCount, ids);
    await Promise.all(late.map((email) => ask(email, 'remove', `late-${seed}`)));
    await until(async () => (await readAll(late, 'remove')).every((one) => isHeld(one) || isOver(one)));

    const records = await readAll(leaving, 'remove');
    const holds = (email: string) => organization.people.get(email)?.licenses.has(ids[0] ?? '') ?? false;
    const wasRejected = (index: number) => records[index]?.state === 'cancelled';
    if (failures.length > 0) throw new AggregateError(failures, 'The run itself went wrong');
    return {
      seed,
      killed: killer.total,
      removed: { before, later: late.filter((email) => !holds(email)).length },
      joinerSeconds: joining.map((email) =>
        Math.round(((gainedAt.get(email) ?? Number.POSITIVE_INFINITY) - (askedAt.get(email) ?? 0)) / 1_000),
      ),
      seconds: Math.round((Date.now() - startedAt) / 1_000),
      verdict: {
        lost: leaving.flatMap((email, index) => {
          const state = records[index]?.state ?? 'missing';
          const isRight = state === 'succeeded' || (rejected.includes(email) && state === 'cancelled');
          return isRight ? [] : [`${email} ${state}`];
        }),
        wrong: [
          ...leaving.filter((email, index) => holds(email) !== wasRejected(index)),
          ...joining.filter((email) => !holds(email)),
        ],
        tooMany: removals.findTooMany(perHour, HOUR_MS),
        heldOn: late.filter(holds),
      },
    };
  } finally {
    stopping.abort();
    killer?.stop();
    await cluster?.stop();
  }
}

/** Sends it to one host or another until one takes it, as whoever asks would do. */
async function untilAnswered(
  cluster: Cluster,
  chance: ReturnType<typeof createChance>,
  path: string,
  body: object,
): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (Date.now() < deadline) {
    const apiUrl = cluster.apiUrl(chance.between(0, HOSTS - 1));
    const request = { method: 'POST', headers, body: JSON.stringify(body) };
    const answer = await fetch(`${apiUrl}/${path}`, request).catch(() => undefined);
    // 404: all that waited under the cause has gone meanwhile.
    if (answer?.status === 202 || answer?.status === 404) return;
    if (answer !== undefined && answer.status < 500) throw new Error(`${path} is answered ${answer.status}`);
    await delay(AT_ONCE_MS);
  }
  throw new Error(`${path} was never answered`);
}

import type fc from 'fast-check';
import type { Change } from '../../../../src/audit/change.ts';
import type { AuditTrail } from '../../../../src/audit/trail.ts';
import { encodeTicket } from '../../../../src/contract/queue-message.ts';
import { createCancel } from '../../../../src/intake/cancel.ts';
import { createOpenMessage } from '../../../../src/intake/open-message.ts';
import { createRecordPoison } from '../../../../src/intake/record-poison.ts';
import { createRedrive } from '../../../../src/intake/redrive.ts';
import { createSubmit } from '../../../../src/intake/submit.ts';
import type { Tickets } from '../../../../src/ledger/ledger.ts';
import { isLegal, isOpen } from '../../../../src/ledger/states.ts';
import { createSweep } from '../../../../src/ledger/sweep.ts';
import type { Log } from '../../../../src/platform/log.ts';
import { NO_SEATS_NEEDED } from '../../../../src/seats/seats.ts';
import { attemptRequests } from '../../../../src/worker/attempt.ts';
import type { AttemptEnd } from '../../../../src/worker/attempt-end.ts';
import { handleMessage } from '../../../../src/worker/handle-message.ts';
import { createOwnOrg } from '../../../../src/worker/known-catalogue.ts';
import { createPermits } from '../../../../src/worker/permit.ts';
import type { Job } from '../../../../src/worker/progress.ts';
import type { Worker } from '../../../../src/worker/worker.ts';
import { toBody } from '../../../memory/body.ts';
import { withMemory } from '../../../memory/known-licenses.ts';
import { createMemoryLedger, type Effect } from '../../../memory/ledger.ts';
import { createOpenPace } from '../open-pace.ts';
import { createModel, toMeaning } from './model.ts';
import {
  findPerson,
  type LicenseSpelling,
  type OrgSpelling,
  PEOPLE,
  type PersonSpelling,
  spellLicense,
  spellOrg,
  spellPerson,
  toMeant,
  UNIQUE_NAMES,
} from './spellings.ts';
import { createMemoryWebex, jobs, LATE_PERSON, type WebexFate } from './webex.ts';

export type Fate = 'dies-before' | 'dies-after' | WebexFate;
export type Step =
  | {
      readonly kind: 'request';
      readonly person: number;
      readonly by: PersonSpelling;
      readonly org: OrgSpelling;
      readonly items: readonly Asking[];
      readonly effectiveInMs: number | undefined;
      readonly isDryRun: boolean;
      readonly isOnQueue: boolean;
    }
  | { readonly kind: 'deliver'; readonly place: number; readonly copies: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'poison'; readonly place: number }
  | { readonly kind: 'sweep' }
  | { readonly kind: 'cancel'; readonly place: number }
  | { readonly kind: 'redrive' }
  | { readonly kind: 'appear' }
  | { readonly kind: 'renew'; readonly license: number }
  | { readonly kind: 'settle'; readonly effects: number };

interface Asking {
  readonly license: number;
  readonly by: LicenseSpelling;
  readonly isRemoval: boolean;
}

class Death extends Error {}

const RETENTION_MS = 90 * 86_400_000;
const NIGHT_MS = 1_000;
/** The clocks of the instances differ, as the promise allows. */
const CLOCKS_OFF_MS = [0, -4_000, 6_000];
const log: Log = { info: () => {}, warn: () => {} };
const caller = {
  url: 'http://localhost/api',
  headers: { get: (name: string) => (name === 'content-type' ? 'application/json' : null) },
};

/** All of the app that acts on requests, on storage and a Webex in memory, in a time of its own. */
export function createWorld(scheduler: fc.Scheduler, fates: readonly Fate[]) {
  let now = new Date('2026-11-24T12:00:00Z').getTime();
  let drawn = 0;
  let isCalm = false;
  const clock = () => new Date(now);
  const violations: string[] = [];
  const violation = (text: string) => void violations.push(text);
  const queue: { text: string; visibleAt: number }[] = [];
  const accepted: string[] = [];
  const sentAt = new Map<string, number>();
  const cancelled = new Set<string>();
  const running = new Set<Promise<void>>();

  const nextFate = (): Fate => (isCalm ? 'well' : (fates[drawn++] ?? 'well'));
  const die = (): never => {
    throw new Death();
  };
  const turn = async (name: string) => {
    await scheduler.schedule(Promise.resolve(), name);
  };
  const effect: Effect = async (name, apply) => {
    await turn(name);
    const fate = nextFate();
    if (fate === 'dies-before') die();
    const result = apply();
    if (fate === 'dies-after') die();
    return structuredClone(result);
  };
  const draw = async (name: string): Promise<WebexFate> => {
    await turn(name);
    const fate = nextFate();
    return fate === 'dies-before' || fate === 'dies-after' ? die() : fate;
  };
  const later = (apply: () => void) => void scheduler.schedule(Promise.resolve(), 'late').then(apply);

  const { ledger, entries } = createMemoryLedger(RETENTION_MS, effect, clock);
  const tickets: Tickets = {
    send: (target, delayMs) =>
      effect(
        'tickets.send',
        () => void queue.push({ text: encodeTicket([target]), visibleAt: now + delayMs }),
      ),
  };
  const trail: Change[] = [];
  const audit: AuditTrail = {
    append: (changes) => effect('audit.append', () => void trail.push(...changes)),
  };
  const memory = createMemoryWebex({ clock, draw, die, later, violation, toWanted });
  const { webex, held, listed } = memory;
  const catalogue = {
    licenses: async () => memory.licenses(),
    refresh: async () => memory.licenses(),
    readSince: async () => ({ licenses: memory.licenses(), startedAt: clock() }),
  };

  const known = withMemory(catalogue, clock);
  const ownOrg = createOwnOrg(catalogue);

  /** What the requests of a job still want, whether or not a newer one says otherwise. */
  function toWanted({ entries: ofJob }: Job): readonly string[] {
    return ofJob.flatMap(({ request, results }) =>
      (request?.licenses ?? []).flatMap(({ license, operation }, index) =>
        results[index]?.result === 'wanted'
          ? toMeaning(license).map((product) => `${operation} ${product}`)
          : [],
      ),
    );
  }

  /** Nothing is called done without an answer to this attempt that shows it. */
  function checkEvidence(job: Job, { results }: AttemptEnd): void {
    job.entries.forEach(({ requestId, request, results: before }, at) => {
      request?.licenses.forEach(({ license, operation }, index) => {
        const result = results[at]?.[index]?.result;
        if (before[index]?.result === result || (result !== 'assigned' && result !== 'removed')) return;
        const shows = (has: ReadonlySet<number>) =>
          toMeaning(license).some((product) => has.has(product) === (result === 'assigned'));
        if ((result === 'assigned') !== (operation === 'add') || !memory.shownTo(job).some(shows))
          violation(`${requestId} says ${result} of ${JSON.stringify(license)}, which no answer showed`);
      });
    });
  }

  /** Nobody else may be at work on a person whose attempt may still send. */
  const holders = new Map<string, Job>();
  const watch =
    (attempt: Worker['attempt']): Worker['attempt'] =>
    async (job) => {
      const id = findPerson(job.entries[0]?.request?.person ?? {})?.id ?? '';
      const other = holders.get(id);
      if (other && other.deadline > clock() && listed.has(id)) violation(`two at work on ${id}`);
      holders.set(id, job);
      try {
        const end = await jobs.run(job, () => attempt(job));
        checkEvidence(job, end);
        return end;
      } finally {
        if (holders.get(id) === job) holders.delete(id);
      }
    };

  const instances = CLOCKS_OFF_MS.map((offMs, index) => {
    const instance = `instance-${index}`;
    const clock = () => new Date(now + offMs);
    const seats = { ...NO_SEATS_NEEDED, release: async () => {} };
    const attempt = watch((job) => attemptRequests({ webex, catalogue: known, seats, clock }, job));
    const base = { ledger, tickets, audit, clock, instance };
    const openMessage = createOpenMessage({
      ledger,
      orgIds: [],
      ownOrg: () => ownOrg(undefined),
      clock,
      instance,
    });
    const worker: Worker = {
      ...{ openMessage, ledger, messages: tickets, audit, attempt, seats, clock, instance },
      ...{ webex, ownOrg, orgIds: [] },
      permits: createPermits({ rateLimiter: createOpenPace(clock), clock }),
      policy: { baseMs: 1_000, horizonMs: 365 * 86_400_000, personNotFoundDelaysMs: [300_000] },
      random: () => 0.5,
    };
    return {
      submit: createSubmit({
        ...base,
        keys: { find: async () => undefined, claim: async (_key, record) => record },
        orgIds: [],
        ownOrg: () => ownOrg(undefined),
        newId: () => 'none',
      }),
      cancel: createCancel(base),
      redrive: createRedrive(base),
      sweep: createSweep(base),
      recordPoison: createRecordPoison({ ...base, openMessage, policy: { horizonMs: 365 * 86_400_000 } }),
      perform: (message: unknown, messageId: string, to: Log) =>
        handleMessage(worker, message, messageId, to),
    };
  });
  let turnOf = 0;
  const anyone = () => {
    turnOf += 1;
    const one = instances[turnOf % instances.length];
    if (!one) throw new Error('no instance');
    return one;
  };

  const run = (work: () => Promise<unknown>, onDeath: () => void = () => {}) => {
    const done = work().then(
      () => {},
      (error: unknown) => {
        const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
        if (!errors.every((one) => one instanceof Death)) violation(`${error}`);
        onDeath();
      },
    );
    const tracked = done.finally(() => running.delete(tracked));
    running.add(tracked);
  };

  function takeMessage(place: number) {
    const visible = queue.filter(({ visibleAt }) => visibleAt <= now);
    const message = visible[place % Math.max(1, visible.length)];
    if (!message) return undefined;
    queue.splice(queue.indexOf(message), 1);
    // Not acknowledged: it is delivered again.
    return { message, again: () => void queue.push({ ...message, visibleAt: now }) };
  }

  /** The host gives up on a message, whatever is under way. */
  function poison(place: number) {
    const { message, again } = takeMessage(place) ?? {};
    if (!message) return;
    const record = async () => {
      try {
        await anyone().recordPoison(JSON.parse(message.text), 'poison', clock(), log);
      } catch (error) {
        const isForLater = error instanceof Error && /being worked on|moved while/.test(error.message);
        if (!isForLater) throw error;
        again?.();
      }
    };
    run(record, again);
  }

  function deliver(place: number, copies: number) {
    const { message, again } = takeMessage(place) ?? {};
    if (!message) return;
    for (let copy = 0; copy < copies; copy += 1) {
      run(() => anyone().perform(JSON.parse(message.text), 'message', log), copy === 0 ? again : undefined);
    }
  }

  function request({
    person,
    by,
    org,
    items,
    effectiveInMs,
    isDryRun,
    isOnQueue,
  }: Extract<Step, { kind: 'request' }>) {
    const named = PEOPLE[person];
    if (!named) throw new Error('no person');
    const requestId = `r${accepted.length}`;
    accepted.push(requestId);
    const body = {
      requestId,
      person: spellPerson(named, by),
      ...spellOrg(org),
      licenses: toDisjoint(items).map(({ license, by, isRemoval }) => ({
        license: spellLicense(license, by, isRemoval, memory.renewals(license)),
        operation: isRemoval ? 'remove' : 'add',
      })),
      ...(effectiveInMs !== undefined && { effectiveAt: new Date(now + effectiveInMs).toISOString() }),
      ...(isDryRun && { dryRun: true }),
    };
    sentAt.set(requestId, now);
    const text = JSON.stringify(body);
    if (isOnQueue) return void queue.push({ text, visibleAt: now });
    // Whoever gets no answer sends it again.
    const post = () =>
      run(() => anyone().submit({ ...caller, method: 'POST', body: toBody(text) }, log), post);
    post();
  }

  async function settle(effects: number) {
    for (let count = 0; count < effects; count += 1) {
      await flush();
      if (scheduler.count() === 0) return;
      await scheduler.waitOne();
    }
    await flush();
  }

  async function take(step: Step): Promise<void> {
    await flush();
    if (step.kind === 'request') request(step);
    else if (step.kind === 'deliver') deliver(step.place, step.copies);
    else if (step.kind === 'pass') now += step.ms;
    else if (step.kind === 'poison') poison(step.place);
    else if (step.kind === 'sweep') run(() => anyone().sweep(log));
    else if (step.kind === 'settle') await settle(step.effects);
    else if (step.kind === 'cancel') cancel(step.place);
    else if (step.kind === 'appear') appear();
    else if (step.kind === 'renew') await renew(step.license);
    else redriveAll();
  }

  /** The directory hands the person over. Not in the midst of an attempt, which was told that there is nobody. */
  function appear() {
    if (!holders.has(LATE_PERSON)) listed.add(LATE_PERSON);
  }

  /** Only a name of one license tells its successor. The app has read the catalogue before, as each day. */
  async function renew(license: number): Promise<void> {
    await known.now();
    now += NIGHT_MS;
    memory.renew(license % UNIQUE_NAMES);
    await known.now();
  }

  function cancel(place: number) {
    const requestId = accepted[place % Math.max(1, accepted.length)];
    if (requestId === undefined) return;
    run(async () => {
      const answer = await anyone().cancel(requestId, caller, log);
      if (answer.status === 200) cancelled.add(requestId);
    });
  }

  function redriveAll() {
    for (const state of ['failed', 'partial'] as const)
      for (const entry of entries().filter((one) => one.state === state))
        run(() => anyone().redrive.one(entry.requestId, caller, log));
  }

  /** Requests that changed something, and of which the trail says nothing. */
  const untold = () => {
    const told = new Set(trail.flatMap(({ requestId, alsoFor = [] }) => [requestId, ...alsoFor]));
    const changed = entries().filter(({ results }) =>
      results.some(({ result, changed }) => ['assigned', 'removed'].includes(result) && changed !== false),
    );
    return changed.map(({ requestId }) => requestId).filter((id) => !told.has(id));
  };

  const idle = () =>
    entries().every(({ state }) => !isOpen(state)) && queue.length === 0 && running.size === 0;

  /** Faults end, time passes, and dead letters are tried again. */
  async function drain(): Promise<void> {
    for (let round = 0; round < 400; round += 1) {
      if (round > 5) isCalm = true;
      appear();
      await settle(10_000);
      if (isCalm && idle()) {
        if (!entries().some(({ state }) => state === 'failed' || state === 'partial')) return;
        redriveAll();
      }
      while (queue.some(({ visibleAt }) => visibleAt <= now)) deliver(0, 1);
      await settle(10_000);
      now += round % 3 === 0 ? 70_000 : 3_000;
      if (round % 4 === 0) run(() => anyone().sweep(log));
    }
    violation('it does not come to an end');
  }

  return {
    untold,
    violations,
    take,
    drain,
    open: () =>
      accepted.filter((id) => !entries().some(({ requestId, state }) => requestId === id && !isOpen(state))),
    twice: () => accepted.filter((id) => entries().filter(({ requestId }) => requestId === id).length !== 1),
    illegal: () =>
      entries().flatMap(({ requestId, history }) =>
        history.slice(1).flatMap(({ state }, at) => {
          const from = history[at]?.state;
          return from && !isLegal(from, state) ? [`${requestId} ${from} ${state}`] : [];
        }),
      ),
    /** Where a request was accepted before it was sent, by an odd clock. */
    early: () =>
      entries().flatMap(({ requestId, acceptedAt }) =>
        acceptedAt.getTime() < (sentAt.get(requestId) ?? 0) ? [requestId] : [],
      ),
    ...createModel({ entries, held, cancelled, violation }),
  };
}

/** One request names each license once. */
function toDisjoint(items: readonly Asking[]): readonly Asking[] {
  const named = new Set<number>();
  return items.filter(({ license, by, isRemoval }) => {
    const meant = toMeant(license, by, isRemoval);
    if (meant.some((one) => named.has(one))) return false;
    for (const one of meant) named.add(one);
    return true;
  });
}

/** All that can go on without another effect has gone on. */
const flush = () => new Promise<void>((resolve) => setImmediate(resolve));

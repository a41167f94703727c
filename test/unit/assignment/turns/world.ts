import type fc from 'fast-check';
import { createAttempt, type Job } from '../../../../src/assignment/attempt.ts';
import { createFindLease } from '../../../../src/assignment/find-lease.ts';
import { createPerform } from '../../../../src/assignment/perform.ts';
import { NO_SEATS_NEEDED } from '../../../../src/assignment/seats.ts';
import { createTakeMessage } from '../../../../src/assignment/take-message.ts';
import type { Change } from '../../../../src/audit/change.ts';
import type { AuditTrail } from '../../../../src/audit/trail.ts';
import { encodeTicket } from '../../../../src/contract/queue-message.ts';
import { createCancel } from '../../../../src/intake/cancel.ts';
import { createOpenMessage } from '../../../../src/intake/open-message.ts';
import { createRecordPoison } from '../../../../src/intake/record-poison.ts';
import { createRedrive } from '../../../../src/intake/redrive.ts';
import { createSubmit } from '../../../../src/intake/submit.ts';
import { toEffectiveAt } from '../../../../src/ledger/entry.ts';
import type { Tickets } from '../../../../src/ledger/ledger.ts';
import { type Asked, isNewer } from '../../../../src/ledger/person.ts';
import { isLegal, isOpen } from '../../../../src/ledger/states.ts';
import { createSweep } from '../../../../src/ledger/sweep.ts';
import type { Log } from '../../../../src/platform/log.ts';
import { withMemory } from '../../../memory/known-licenses.ts';
import { createMemoryLedger, type Effect } from '../../../memory/ledger.ts';
import { createOpenPace } from '../open-pace.ts';
import { createMemoryWebex, jobs, LATE_PERSON, LICENSES, PEOPLE, type WebexFate } from './webex.ts';

export type Fate = 'dies-before' | 'dies-after' | WebexFate;
export type Step =
  | {
      readonly kind: 'request';
      readonly person: number;
      readonly by: 'email' | 'alias' | 'id' | 'both';
      readonly items: readonly { readonly license: number; readonly isRemoval: boolean }[];
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
  | { readonly kind: 'settle'; readonly effects: number };

class Death extends Error {}

const RETENTION_MS = 90 * 86_400_000;
const INSTANCES = 3;
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

  const { ledger, entries } = createMemoryLedger(RETENTION_MS, effect);
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
  const { webex, held, listed } = createMemoryWebex({ clock, draw, die, later, violation });
  const catalogue = {
    licenses: async () => LICENSES,
    refresh: async () => LICENSES,
    readSince: async () => ({ licenses: LICENSES, startedAt: clock() }),
  };

  const known = withMemory(catalogue, clock);

  /** Nobody else may be at work on a person whose attempt may still send. */
  const holders = new Map<string, Job>();
  const watch =
    (attempt: ReturnType<typeof createAttempt>): typeof attempt =>
    async (job) => {
      const id = toId(job.entries[0]?.request?.person ?? {}) ?? '';
      const other = holders.get(id);
      if (other && other.deadline > clock() && listed.has(id)) violation(`two at work on ${id}`);
      holders.set(id, job);
      try {
        return await jobs.run(job, () => attempt(job));
      } finally {
        if (holders.get(id) === job) holders.delete(id);
      }
    };

  const instances = Array.from({ length: INSTANCES }, (_, index) => {
    const instance = `instance-${index}`;
    const seats = { ...NO_SEATS_NEEDED, ended: async () => {} };
    const attempt = watch(createAttempt({ webex, catalogue: known, seats, clock }));
    const base = { ledger, tickets, audit, clock, instance };
    const openMessage = createOpenMessage({
      ledger,
      orgIds: [],
      ownOrg: async () => undefined,
      clock,
      instance,
    });
    return {
      submit: createSubmit({
        ...base,
        keys: { find: async () => undefined, claim: async (_key, record) => record },
        orgIds: [],
        ownOrg: async () => undefined,
        newId: () => 'none',
      }),
      cancel: createCancel(base),
      redrive: createRedrive(base),
      sweep: createSweep(base),
      recordPoison: createRecordPoison({ ...base, openMessage, policy: { horizonMs: 365 * 86_400_000 } }),
      perform: createTakeMessage({
        openMessage,
        perform: createPerform({
          ...base,
          attempt,
          findLease: createFindLease({
            ...{ ledger, people: webex.people, clock, orgIds: [] },
            ownOrg: async () => undefined,
          }),
          seats,
          pace: createOpenPace(clock),
          policy: { baseMs: 1_000, horizonMs: 365 * 86_400_000, personNotFoundDelaysMs: [300_000] },
          random: () => 0.5,
        }),
      }),
    };
  });
  let turnOf = 0;
  const anyone = () => {
    turnOf += 1;
    const one = instances[turnOf % INSTANCES];
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
    items,
    effectiveInMs,
    isDryRun,
    isOnQueue,
  }: Extract<Step, { kind: 'request' }>) {
    const requestId = `r${accepted.length}`;
    const { email, alias, id } = PEOPLE[person] ?? {};
    accepted.push(requestId);
    const body = {
      requestId,
      person: {
        ...(by !== 'id' && { email: by === 'alias' ? alias : email }),
        ...((by === 'id' || by === 'both') && { personId: id }),
      },
      licenses: items.map(({ license, isRemoval }) => ({
        license: LICENSES[license]?.id,
        operation: isRemoval ? 'remove' : 'add',
      })),
      ...(effectiveInMs !== undefined && { effectiveAt: new Date(now + effectiveInMs).toISOString() }),
      ...(isDryRun && { dryRun: true }),
    };
    const text = JSON.stringify(body);
    if (isOnQueue) return void queue.push({ text, visibleAt: now });
    const http = {
      ...caller,
      arrayBuffer: async () => new TextEncoder().encode(text).buffer as ArrayBuffer,
    };
    // Whoever gets no answer sends it again.
    const post = () => run(() => anyone().submit(http, log), post);
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
    else redriveAll();
  }

  /** The directory hands the person over. Not in the midst of an attempt, which was told that there is nobody. */
  function appear() {
    if (!holders.has(LATE_PERSON)) listed.add(LATE_PERSON);
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
    holdings: () =>
      Object.fromEntries(
        [...held].flatMap(([id, has]) => LICENSES.map((one) => [`${id} ${one.id}`, has.has(one.id)])),
      ),
    /** The newest effective one wins, one after the other. One cancelled after it was sent may have been applied. */
    expected() {
      const newest = new Map<string, Asked>();
      const unsure = new Map<string, Asked>();
      for (const entry of entries()) {
        const { request, requestId, state } = entry;
        if (!request || request.dryRun) continue;
        if (cancelled.has(requestId) && state !== 'cancelled')
          violation(`${requestId} was cancelled and is ${state}`);
        const id = toId(request.person);
        for (const { license, operation } of request.licenses) {
          const key = `${id} ${license}`;
          const asked = { requestId, operation, at: toEffectiveAt(entry), state };
          if (state === 'cancelled' && !entry.mayHaveApplied) continue;
          const wins = state === 'cancelled' ? unsure : newest;
          const known = wins.get(key);
          if (known === undefined || isNewer(asked, known)) wins.set(key, asked);
        }
      }
      return Object.fromEntries(
        PEOPLE.flatMap(({ id }) =>
          LICENSES.map((one) => {
            const key = `${id} ${one.id}`;
            const [known, maybe] = [newest.get(key), unsure.get(key)];
            const isOpen = maybe !== undefined && (known === undefined || isNewer(maybe, known));
            return [key, isOpen ? (held.get(id)?.has(one.id) ?? false) : known?.operation === 'add'];
          }),
        ),
      );
    },
  };
}

const toId = ({ email, personId }: { email?: string | undefined; personId?: string | undefined }) =>
  PEOPLE.find((one) => one.email === email || one.alias === email || one.id === personId)?.id;

/** All that can go on without another effect has gone on. */
const flush = () => new Promise<void>((resolve) => setImmediate(resolve));

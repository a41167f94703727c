import type fc from 'fast-check';
import type { AuditEntry } from '../../../../src/audit/entry.ts';
import type { AuditTrail } from '../../../../src/audit/trail.ts';
import { NOT_PAUSED } from '../../../../src/guardrails/pause.ts';
import type { Identified, Identify } from '../../../../src/people/identify.ts';
import type { Log } from '../../../../src/platform/log.ts';
import { createCancel } from '../../../../src/requests/cancel.ts';
import { createOpenMessage } from '../../../../src/requests/open-message.ts';
import { createRecordPoison } from '../../../../src/requests/poison/record-poison.ts';
import { encodeWorkMessage } from '../../../../src/requests/queue-message.ts';
import type { StoredRequest } from '../../../../src/requests/record/record.ts';
import { isLegal, isOpen } from '../../../../src/requests/record/states.ts';
import { createRedrive } from '../../../../src/requests/redrive.ts';
import type { RequestStore, WorkQueue } from '../../../../src/requests/store.ts';
import { createSubmit } from '../../../../src/requests/submit.ts';
import { createSweep } from '../../../../src/requests/sweep.ts';
import { WebexFailure } from '../../../../src/webex/errors/failure.ts';
import { attemptRequests } from '../../../../src/worker/attempt/attempt.ts';
import type { AttemptEnd } from '../../../../src/worker/attempt/attempt-end.ts';
import { createPermits } from '../../../../src/worker/attempt/permit.ts';
import { handleMessage } from '../../../../src/worker/handle-message.ts';
import type { Job } from '../../../../src/worker/job.ts';
import { createOwnOrg } from '../../../../src/worker/plan/known-catalogue.ts';
import type { Worker } from '../../../../src/worker/worker.ts';
import { toBody } from '../../../memory/body.ts';
import { withMemory } from '../../../memory/known-licenses.ts';
import { NO_NUMBERS } from '../../../memory/numbers.ts';
import { createMemoryRequestStore, type Effect } from '../../../memory/request-store.ts';
import { createOpenRateLimiter } from '../open-rate-limiter.ts';
import { createLimits } from './limits.ts';
import { createModel, toMeaning } from './model.ts';
import {
  findPerson,
  isSecondOrg,
  LATE,
  type LicenseSpelling,
  NEVER,
  OF_SECOND_ORG,
  type OrgSpelling,
  PEOPLE,
  type PersonSpelling,
  PRODUCTS,
  SECOND_ORG_ID,
  spellLicense,
  spellOrg,
  spellPerson,
  toMeant,
  UNIQUE_NAMES,
} from './spellings.ts';
import { createMemoryWebex, jobs, toComparableName, type WebexFate } from './webex.ts';

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
  | { readonly kind: 'snapshot' }
  | { readonly kind: 'renew'; readonly license: number }
  | { readonly kind: 'create-again'; readonly person: number }
  | { readonly kind: 'refuse'; readonly what: 'token' | 'second organization'; readonly isRefused: boolean }
  | { readonly kind: 'seats'; readonly areLeft: boolean }
  | { readonly kind: 'decide'; readonly decision: 'approve' | 'reject' }
  | { readonly kind: 'settle'; readonly effects: number };

interface Asking {
  readonly license: number;
  readonly by: LicenseSpelling;
  readonly isRemoval: boolean;
}

class Death extends Error {}
class Unavailable extends Error {}
/** A message that names the own organization waits on the queue while Webex cannot be asked which that is. */
const isForLater = (error: unknown) =>
  error instanceof Death || error instanceof Unavailable || error instanceof WebexFailure;

const RETENTION_MS = 90 * 86_400_000;
const HORIZON_MS = 3_600_000;
const POLICY = { baseMs: 1_000, horizonMs: HORIZON_MS, personNotFoundDelaysMs: [300_000] };
/** For what the organization owes, nothing ends. */
const OWED = ['rate-limited', 'token-refused', 'no-seats', 'paused'];
const ROWS_PER_PAGE = 2;
/** What the organization owes is mended so many rounds after all faults have ended: later than the horizon. */
const MENDED_AFTER = 45;
const ORG_IDS = [SECOND_ORG_ID];
const NIGHT_MS = 1_000;
/** Of the products, the one of which seats may be used up. */
const SCARCE = 0;
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
  let forbidden = 0;
  const clock = () => new Date(now);
  const violations: string[] = [];
  const violation = (text: string) => void violations.push(text);
  const queue: { text: string; visibleAt: number }[] = [];
  const accepted: string[] = [];
  const sentAt = new Map<string, number>();
  const cancelled = new Set<string>();
  const running = new Set<Promise<void>>();
  /** `requestId item` of what was settled for a person who was deleted after that. */
  const past = new Set<string>();
  /** What callers have to send again. */
  const unsent: (() => void)[] = [];
  let areSeatsLeft = true;

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
    if (fate === 'forbidden') forbidden += 1;
    return fate === 'dies-before' || fate === 'dies-after' ? die() : fate;
  };
  const later = (apply: () => void) => void scheduler.schedule(Promise.resolve(), 'late').then(apply);

  const { requestStore: whole, records } = createMemoryRequestStore(RETENTION_MS, effect, clock);
  const requestStore = { ...whole, due: toShortPages(whole.due) };
  const workQueue: WorkQueue = {
    send: (target, delayMs) =>
      effect(
        'tickets.send',
        () => void queue.push({ text: encodeWorkMessage([target]), visibleAt: now + delayMs }),
      ),
  };
  const trail: AuditEntry[] = [];
  const audit: AuditTrail = {
    append: (changes) => effect('audit.append', () => void trail.push(...changes)),
  };
  const memory = createMemoryWebex({
    ...{ clock, draw, die, later, violation, toWanted },
    taken: (job, person) =>
      limits.note(job, `${person.email} ${memory.lifeOf(person.index)}`, person.index === OF_SECOND_ORG),
  });
  const { webex, held, listed } = memory;
  const catalogue = {
    licenses: async (orgId?: string) => memory.licenses(orgId),
    refresh: async (orgId?: string) => memory.licenses(orgId),
    readSince: async (_since: Date, orgId?: string) => ({
      licenses: memory.licenses(orgId),
      startedAt: clock(),
    }),
  };

  let snapshot: ReadonlyMap<string, Identified> = new Map();
  const identify: Identify = (name) => effect('people.identify', () => snapshot.get(toComparableName(name)));

  const known = withMemory(catalogue, clock);
  const ownOrg = createOwnOrg(catalogue);

  /** What the requests of a job still want, whether or not a newer one says otherwise. */
  function toWanted({ records: ofJob }: Job): readonly string[] {
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
    job.records.forEach(({ requestId, request, results: before }, at) => {
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
      const named = job.records[0]?.request?.person ?? {};
      const id = toHolderKey(named);
      const other = holders.get(id);
      if (other && other.deadline > clock() && memory.isThere(named)) violation(`two at work on ${id}`);
      holders.set(id, job);
      try {
        const end = await jobs.run(job, () => attempt(job));
        checkEvidence(job, end);
        return end;
      } finally {
        if (holders.get(id) === job) holders.delete(id);
      }
    };

  function toHolderKey(named: Parameters<typeof findPerson>[0]): string {
    const { person, life } = findPerson(named) ?? {};
    return `${person?.email} ${life ?? memory.lifeOf(person?.index ?? -1)}`;
  }

  const limits = createLimits({ effect, clock, ownOrg: () => ownOrg(undefined), records });
  const instances = CLOCKS_OFF_MS.map((offMs, index) => {
    const instance = `instance-${index}`;
    const clock = () => new Date(now + offMs);
    const seats = {
      noSeats: () => 'wait' as const,
      reserve: async ({ name }: { readonly name: string }) => areSeatsLeft || name !== PRODUCTS[SCARCE]?.name,
      release: async () => {},
    };
    const attempt = watch((job) =>
      attemptRequests(
        { webex, catalogue: known, seats, numbers: NO_NUMBERS, ...limits.guards(clock), clock },
        job,
      ),
    );
    const base = { requestStore, workQueue, audit, clock, instance };
    const openMessage = createOpenMessage({
      requestStore,
      orgIds: ORG_IDS,
      ownOrg: () => ownOrg(undefined),
      clock,
      instance,
    });
    const worker: Worker = {
      readKnownLocations: async () => undefined,
      ...{ openMessage, requestStore, messages: workQueue, audit, attempt, seats, clock, instance },
      numbers: NO_NUMBERS,
      ...{
        webex,
        ownOrg,
        identify,
        orgIds: ORG_IDS,
        noteCause: async () => {},
        readPause: async () => NOT_PAUSED,
      },
      tellEnded: async () => {},
      permits: createPermits({ rateLimiter: createOpenRateLimiter(clock), clock }),
      policy: POLICY,
      random: () => 0.5,
    };
    return {
      submit: createSubmit({
        ...base,
        forecastRemovals: async () => undefined,
        checkNames: async () => ({ unknown: [], warnings: [] }),
        keys: { find: async () => undefined, claim: async (_key, record) => record },
        orgIds: ORG_IDS,
        ownOrg: () => ownOrg(undefined),
        newId: () => 'none',
      }),
      cancel: createCancel(base),
      decide: (decision: 'approve' | 'reject') => limits.decide(base, decision, log),
      redrive: createRedrive(base),
      sweep: createSweep({ ...base, callsWithin: async () => 1_000, isPaused: async () => false }),
      recordPoison: createRecordPoison({ ...base, openMessage, policy: POLICY }),
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
        if (!errors.every(isForLater)) violation(`${error}`);
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
        const isBusy = error instanceof Error && /is leased|changed during/.test(error.message);
        if (!isBusy) throw error;
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
      person: spellPerson(named, by, memory.lifeOf(person)),
      ...spellOrg(org, person === OF_SECOND_ORG),
      licenses: toDisjoint(items).map(({ license, by, isRemoval }) => ({
        // The ids of the own organization mean nothing in the other one.
        license: spellLicense(
          license,
          person === OF_SECOND_ORG ? 'subscription' : by,
          isRemoval,
          memory.renewals(license),
        ),
        operation: isRemoval ? 'remove' : 'add',
      })),
      ...(effectiveInMs !== undefined && { effectiveAt: new Date(now + effectiveInMs).toISOString() }),
      ...(isDryRun && { dryRun: true }),
    };
    sentAt.set(requestId, now);
    const text = JSON.stringify(body);
    if (isOnQueue) return void queue.push({ text, visibleAt: now });
    // Whoever gets no answer sends it again.
    const submit = async () => {
      const { status, jsonBody } = await anyone().submit(
        { ...caller, method: 'POST', body: toBody(text) },
        log,
      );
      // Which organization is the own one is not known yet: the caller asks again.
      if (status === 503 && !memory.isMended()) throw new Unavailable();
      if (status !== 202) violation(`${requestId} is answered ${status} ${JSON.stringify(jsonBody)}`);
    };
    const post = () => run(submit, () => void unsent.push(post));
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
    for (const send of unsent.splice(0)) send();
    if (step.kind === 'request') request(step);
    else if (step.kind === 'deliver') deliver(step.place, step.copies);
    else if (step.kind === 'pass') now += step.ms;
    else if (step.kind === 'poison') poison(step.place);
    else if (step.kind === 'sweep') run(() => anyone().sweep(log));
    else if (step.kind === 'settle') await settle(step.effects);
    else if (step.kind === 'cancel') cancel(step.place);
    else if (step.kind === 'decide') run(() => anyone().decide(step.decision));
    else if (step.kind === 'appear') appear();
    else if (step.kind === 'snapshot') snapshot = memory.takeSnapshot();
    else if (step.kind === 'renew') await renew(step.license);
    else if (step.kind === 'create-again') await createAgain(step.person);
    else if (step.kind === 'refuse') memory.refuse(step.what, step.isRefused);
    else if (step.kind === 'seats') areSeatsLeft = step.areLeft;
    else redriveAll();
  }

  /** The directory hands the person over. Not in the midst of an attempt, which was told that there is nobody. */
  function appear() {
    if (!holders.has(toHolderKey({ email: PEOPLE[LATE]?.email }))) listed.add(LATE);
  }

  /** Not in the midst of an attempt: whether its change came before or after is open. */
  async function createAgain(index: number): Promise<void> {
    await settle(10_000);
    if (running.size > 0 || !listed.has(index)) return;
    memory.createAgain(index);
    for (const { request, requestId, results } of records()) {
      if (findPerson(request?.person ?? {})?.person.index !== index) continue;
      for (const [item, { result }] of results.entries())
        if (result !== 'wanted') past.add(`${requestId} ${item}`);
    }
  }

  /** Only a name of one license tells its successor. The app has read the catalogue before, as each day. */
  async function renew(license: number): Promise<void> {
    if (!memory.isMended()) return;
    for (const orgId of [undefined, SECOND_ORG_ID]) await known.now(orgId);
    now += NIGHT_MS;
    memory.renew(license % UNIQUE_NAMES);
    for (const orgId of [undefined, SECOND_ORG_ID]) await known.now(orgId);
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
    for (const record of records().filter(isRedriven))
      run(() => anyone().redrive.redriveRequest(record.requestId, caller, log));
  }

  /** For people who never appear, or are gone, nothing more can be done. */
  function isRedriven({ state, request }: StoredRequest): boolean {
    if (state !== 'failed' && state !== 'partial') return false;
    const { person, life } = findPerson(request?.person ?? {}) ?? {};
    return person?.index !== NEVER && (life === undefined || life === memory.lifeOf(person?.index ?? -1));
  }

  function mend(): void {
    areSeatsLeft = true;
    memory.refuse('token', false);
    memory.refuse('second organization', false);
  }

  /** Requests that changed something, and of which the trail says nothing. */
  const untold = () => {
    const told = new Set(
      trail.flatMap((entry) => ('known' in entry ? [entry.requestId, ...(entry.alsoFor ?? [])] : [])),
    );
    const changed = records().filter(({ results }) =>
      results.some(({ result, changed }) => ['assigned', 'removed'].includes(result) && changed !== false),
    );
    return changed.map(({ requestId }) => requestId).filter((id) => !told.has(id));
  };

  const idle = () =>
    records().every(({ state }) => !isOpen(state)) && queue.length + unsent.length + running.size === 0;

  /** Faults end, time passes, and dead letters are tried again. */
  /** As the sweep does once seats are free: by itself, a request that waits for one is checked once a day. */
  async function wakeWaiters(): Promise<void> {
    const waiting = areSeatsLeft ? records().filter((record) => record.waiting?.for === 'no-seats') : [];
    for (const record of waiting) await workQueue.send(record, 0);
  }

  async function drain(): Promise<void> {
    for (let round = 0; round < 400; round += 1) {
      if (round > 5) isCalm = true;
      appear();
      if (round === MENDED_AFTER) mend();
      for (const send of unsent.splice(0)) send();
      await settle(10_000);
      if (isCalm && idle()) {
        if (!records().some(isRedriven)) return;
        redriveAll();
      }
      for (let due = queue.filter(({ visibleAt }) => visibleAt <= now).length; due > 0; due -= 1)
        deliver(0, 1);
      await settle(10_000);
      now += round % 3 === 0 ? (isCalm ? 310_000 : 70_000) : 3_000;
      if (round % 4 === 0) run(() => anyone().sweep(log));
      if (round % 4 === 0) run(wakeWaiters);
      if (round % 4 === 0) run(() => anyone().decide('approve'));
    }
    const left = records().filter((record) => isOpen(record.state) || isRedriven(record));
    const texts = left.map(({ requestId, state, waiting, failure }) =>
      [requestId, state, waiting?.for, failure?.condition].filter(Boolean).join(' '),
    );
    violation(`it does not come to an end: ${queue.length} messages; ${texts.join(', ')}`);
  }

  /** Requests that failed for what the organization owes, or for a death from which much has not been tried since. */
  const givenUp = () =>
    records().flatMap(({ requestId, history }) =>
      history.some(({ state, detail = '' }) => state === 'failed' && OWED.includes(detail))
        ? [requestId]
        : [],
    );

  /** Requests of the own organization that were held back, though only another one is refused. */
  const heldUp = () =>
    forbidden > 0
      ? []
      : records().flatMap(({ requestId, request, history }) =>
          !isSecondOrg(request?.orgId) && history.some(({ detail }) => detail === 'paused: not sent')
            ? [requestId]
            : [],
        );

  return {
    givenUp,
    heldUp,
    untold,
    overLimit: limits.overLimit,
    violations,
    take,
    drain,
    open: () =>
      accepted.filter((id) => !records().some(({ requestId, state }) => requestId === id && !isOpen(state))),
    twice: () => accepted.filter((id) => records().filter(({ requestId }) => requestId === id).length !== 1),
    illegal: () =>
      records().flatMap(({ requestId, history }) =>
        history.slice(1).flatMap(({ state }, at) => {
          const from = history[at]?.state;
          return from && !isLegal(from, state) ? [`${requestId} ${from} ${state}`] : [];
        }),
      ),
    /** Where a request was accepted before it was sent, by an odd clock. */
    early: () =>
      records().flatMap(({ requestId, acceptedAt }) =>
        acceptedAt.getTime() < (sentAt.get(requestId) ?? 0) ? [requestId] : [],
      ),
    ...createModel({ records, held, life: memory.lifeOf, past, cancelled, violation }),
  };
}

/** As storage may answer: before each page an empty one, and few rows in each. */
const toShortPages =
  (due: RequestStore['due']): RequestStore['due'] =>
  async (at, limit, next) =>
    next?.startsWith(GO_ON)
      ? due(at, Math.min(limit, ROWS_PER_PAGE), next.slice(GO_ON.length) || undefined)
      : { records: [], unreadable: [], next: `${GO_ON}${next ?? ''}` };
const GO_ON = 'after an empty page ';

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

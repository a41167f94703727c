import { personAnswerSchema } from '../../src/cli/person-answer.ts';
import { toWhyLines } from '../../src/cli/why-text.ts';
import { toCause } from '../../src/guardrails/cause.ts';
import { decideRequest } from '../../src/guardrails/decide-request.ts';
import { answerPerson } from '../../src/hr/answers/answer-person.ts';
import { clearOverrides } from '../../src/hr/answers/person-overrides.ts';
import { createApplyHrEvent } from '../../src/hr/apply.ts';
import { createKeepHrEvents } from '../../src/hr/keep-events.ts';
import { lookAt } from '../../src/hr/look.ts';
import { findPerson, newPerson, type Person } from '../../src/hr/person.ts';
import { encodeHrWorkMessage, type HrWork } from '../../src/hr/queue-message.ts';
import { createReevaluate } from '../../src/hr/reevaluate.ts';
import type { Reevaluation } from '../../src/hr/reevaluation.ts';
import { createResolveEmployee } from '../../src/hr/resolve.ts';
import { parseSources } from '../../src/hr/sources/sources.ts';
import { createSweepPeople } from '../../src/hr/sweep-people.ts';
import { attributeNames } from '../../src/policy/attribute-names.ts';
import { type Policy, parsePolicy } from '../../src/policy/policy.ts';
import type { PolicyInForce } from '../../src/policy/policy-source.ts';
import { licenseRequestSchema } from '../../src/requests/license-request.ts';
import { encodeWorkMessage, type WorkTarget } from '../../src/requests/queue-message.ts';
import { acceptRequest } from '../../src/requests/record/accept.ts';
import { toDueAt } from '../../src/requests/record/due.ts';
import { toPersonKey } from '../../src/requests/record/person.ts';
import type { StoredRequest } from '../../src/requests/record/record.ts';
import { isOpen } from '../../src/requests/record/states.ts';
import { createRedrive } from '../../src/requests/redrive.ts';
import { createSweep } from '../../src/requests/sweep.ts';
import { tellEnds } from '../../src/requests/tell-ends.ts';
import type { License } from '../../src/webex/license.ts';
import { createMemoryEmployees, createMemoryHrEvents, createMemoryHrPeople } from '../memory/hr-stores.ts';
import { createMemoryRequestStore } from '../memory/request-store.ts';
import { toAsked, toLabels } from './asked.ts';
import { createScenarioWebex } from './memory-webex.ts';
import {
  CATALOGUE,
  type DirectStep,
  type Observed,
  type Scenario,
  type ScenarioLicense,
  type Step,
  type World,
} from './scenario.ts';
import { createScenarioAdoption } from './scenario-adoption.ts';
import { createScenarioDrift } from './scenario-drift.ts';
import { createScenarioWorker } from './scenario-worker.ts';
import { toHrEvent } from './to-hr-event.ts';

const RETENTION_MS = 400 * 86_400_000;
const log = { info() {}, warn() {}, error() {} };
const caller = { url: 'http://localhost/api', headers: { get: () => null } };
const toLicenses = (rows: readonly ScenarioLicense[]): readonly License[] =>
  rows.map(({ calling: _calling, ...row }) => row);

/** The rooms of the app on storage and a Webex in memory, in a time of its own. */
export async function createRoomsWorld(
  scenario: Scenario,
  policies: ReadonlyMap<string, unknown>,
): Promise<World> {
  let nowMs = Date.parse(scenario.steps[0]?.at ?? '2026-01-01T00:00:00Z');
  const clock = () => new Date(nowMs);
  const atWebex = createScenarioWebex(scenario);
  let licenses = toLicenses(scenario.catalogue ?? CATALOGUE);
  const hrQueue: { readonly text: string; readonly atMs: number }[] = [];
  const workMessages: { readonly text: string; readonly atMs: number }[] = [];

  const known = new Map<string, Policy>();
  for (const [name, content] of policies) known.set(name, await parsePolicy(JSON.stringify(content)));
  const toInForce = (version: string): PolicyInForce => {
    const policy = known.get(version);
    if (policy === undefined) throw new Error(`there is no policy ${version}`);
    return { policy, version, ofVersion: async (name) => known.get(name) };
  };
  let inForce = toInForce(scenario.policy);

  // A policy to come may read what the one in force does not.
  const attributes = [...new Set([...known.values()].flatMap((policy) => [...attributeNames(policy)]))];
  const sources = parseSources(
    JSON.stringify(
      Object.fromEntries(
        Object.entries(scenario.sources).map(([name, timeZone]) => [
          name,
          {
            preset: 'standard-webhooks',
            secrets: ['MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3'],
            timeZone,
            attributes,
          },
        ]),
      ),
    ),
  );
  if (typeof sources === 'string') throw new Error(sources);
  const zoneOf = (source: string) => sources.get(source)?.timeZone ?? 'UTC';

  const hrWorkQueue = {
    send: async (work: HrWork) => void hrQueue.push({ text: encodeHrWorkMessage([work]), atMs: nowMs }),
    sendBatch: async () => {},
  };
  const workQueue = {
    send: async (target: WorkTarget, delayMs: number) =>
      void workMessages.push({ text: encodeWorkMessage([target]), atMs: nowMs + delayMs }),
  };
  const memory = createMemoryRequestStore(RETENTION_MS, undefined, clock);
  const requestStore = tellEnds(memory.requestStore, (requestId) => hrWorkQueue.send({ requestId }));
  const people = createMemoryHrPeople();
  const events = createMemoryHrEvents();
  const audit = { append: async () => {} };
  const base = { requestStore, workQueue, audit, clock, instance: 'scenario' };
  const deps = {
    ...base,
    ...{ people, events, sources, hrWorkQueue, zoneOf },
    batches: {
      keep: async () => '',
      read: async () => undefined,
      remove: async () => {},
      leftBehind: async () => [],
    },
    employees: createMemoryEmployees(),
    resolve: createResolveEmployee(async () => undefined),
    noteAttributeNames: async () => {},
    retentionMs: RETENTION_MS,
    policies: { current: async () => inForce },
    isReevaluationStopped: async () => false,
    catalogue: async () => licenses,
    findAtWebex: async (who: { readonly email?: string; readonly personId?: string }) => {
      const found = await atWebex.webex.people.find(who);
      const { id: personId, licenses: licenseIds, emails } = found ?? {};
      return personId === undefined
        ? undefined
        : { personId, licenseIds: licenseIds ?? [], emails: emails ?? [] };
    },
  };
  const applyMessage = createApplyHrEvent(deps);
  const adopt = createScenarioAdoption(deps, {
    ...{ everybody: atWebex.everybody, licenses: () => licenses, clock },
  });
  const answers = { ...deps, readInSnapshot: async () => ({ missing: { status: 404 } }) };
  const keepEvents = createKeepHrEvents({ events, workQueue: hrWorkQueue });
  const sweepPeople = createSweepPeople(deps);
  let reevaluation: { readonly state: Reevaluation; readonly version: string } | undefined;
  const reevaluate = createReevaluate({
    ...deps,
    store: {
      read: async () => reevaluation,
      async write(state, _version) {
        reevaluation = { state, version: 'one' };
        return 'one';
      },
    },
  });
  const worker = createScenarioWorker({
    ...{ requestStore, workQueue, clock },
    tellEnded: (requestId) => hrWorkQueue.send({ requestId }),
    licenses: () => licenses,
    webex: atWebex.webex,
  });
  const drift = createScenarioDrift(deps, {
    ...{ everybody: atWebex.everybody, licenses: () => licenses, clock },
  });
  /** By request, the items that failed when it was redriven. */
  const redriven = new Map<string, readonly string[]>();
  const sweepRequests = createSweep({ ...base, callsWithin: async () => 1_000, isPaused: async () => false });
  const { redriveRequest } = createRedrive(base);

  /** Delivers what is due, until nothing is. */
  async function settle(): Promise<void> {
    await sweepPeople(log);
    await sweepRequests(log);
    await reevaluate(log);
    for (let count = 0; count < 500; count += 1) {
      const next = [hrQueue, workMessages].find((queue) => queue.some(({ atMs }) => atMs <= nowMs));
      if (next === undefined) return;
      const [message] = next.splice(
        next.findIndex(({ atMs }) => atMs <= nowMs),
        1,
      );
      const content: unknown = JSON.parse(message?.text ?? '');
      if (next === hrQueue) await applyMessage(content, log);
      else await worker.perform(content);
    }
    throw new Error('it does not settle');
  }

  const ownRequests = () =>
    memory
      .records()
      .filter(({ origin }) => origin?.channel === 'hr')
      .sort((a, b) => a.acceptedAt.getTime() - b.acceptedAt.getTime());
  async function nudge() {
    for (const record of memory.records().filter(({ state }) => isOpen(state)))
      await workQueue.send(record, 0);
  }

  /** Somebody approves whatever waits for it, as of one cause. */
  async function approveAll() {
    const decided = {
      decision: 'approve' as const,
      at: clock(),
      by: { channel: 'http' as const },
      reason: 'scenario',
    };
    for (const record of memory.records())
      await decideRequest(base, record, { decided, cause: toCause(record), delayMs: 0 }, log);
  }

  async function submitDirect({ id, person, add, remove, until, effectiveAt }: DirectStep) {
    const request = licenseRequestSchema.parse({
      person: person.includes('@') ? { email: person } : { personId: person },
      licenses: [
        ...add.map((license) => ({ license, operation: 'add' })),
        ...remove.map((license) => ({ license, operation: 'remove' })),
      ],
      ...(until !== undefined && { until }),
      ...(effectiveAt !== undefined && { effectiveAt }),
      allowCallingRemoval: true,
    });
    const [added] = await requestStore.add([
      acceptRequest(id, request, { at: clock(), instance: 'scenario' }, { channel: 'http' }),
    ]);
    if (added?.record.state === 'accepted') await workQueue.send(added.record, 0);
  }

  const clear = (who: string) =>
    clearOverrides(answers, who, { ...caller, query: new URLSearchParams({ reason: 'scenario' }) }, log);

  async function act(step: Step) {
    if (step.hr) await keepEvents([toHrEvent(step.hr, nowMs)], 'secrets/0', clock(), log);
    if (step.direct) await submitDirect(step.direct);
    if (step.clear !== undefined) await clear(step.clear);
    if (step.policy !== undefined) inForce = toInForce(step.policy);
    if (step.catalogue) licenses = toLicenses(step.catalogue);
    if (step.webex) atWebex.change(step.webex);
    if (step.seats) worker.setSeats(step.seats);
    if (step.approval !== undefined) worker.setApproval(step.approval);
    if (step.approve) await approveAll();
    if (step.adopt) await adopt();
    if (step.drift) await drift.find(step.drift);
    if (step.fails) atWebex.refuse(step.fails);
    if (step.redrive)
      for (const record of memory.records()) {
        if (record.state !== 'failed' && record.state !== 'partial') continue;
        redriven.set(
          record.requestId,
          toLabels(record, licenses).flatMap(({ label, isFailed }) => (isFailed ? [label] : [])),
        );
        await redriveRequest(record.requestId, caller, log);
      }
    if (step.seats || step.webex) await nudge();
    await settle();
  }

  function nextTime(): number {
    const due = [
      ...people.all().map((person) => person.lookAt?.getTime()),
      ...memory.records().map((record) => toDueAt(record)?.getTime()),
      ...[...hrQueue, ...workMessages].map(({ atMs }) => atMs),
      // The sweep after the one that found a new policy.
      ...(reevaluation?.state.doneAt
        ? []
        : [reevaluation && reevaluation.state.startedAt.getTime() + 30_000]),
    ];
    return Math.min(...due.flatMap((atMs) => (atMs !== undefined && atMs > nowMs ? [atMs] : [])));
  }

  async function observe(email: string): Promise<Observed> {
    const personId = atWebex.idOf(email);
    const keys = [{ email }, ...(personId === undefined ? [] : [{ personId }])].map((person) =>
      toPersonKey({ person }),
    );
    const rows = await Promise.all(keys.map((key) => findPerson(people, key)));
    const person = rows.find((row) => row !== undefined) ?? newPerson(keys[0] ?? '', clock());
    const context = {
      ...{ nowMs, policy: inForce.policy, policyVersion: inForce.version, catalogue: licenses, zoneOf },
      policyOf: (version: string) => known.get(version),
    };
    const look = lookAt(person, context);
    const { state, reconciled, overrides } = look;
    const isOf = ({ request }: StoredRequest) =>
      person.emails.includes(request?.person.email ?? '') ||
      (request?.person.personId !== undefined && request.person.personId === person.personId);
    const own = ownRequests().filter(isOf);
    const open = person.open && own.find(({ requestId }) => requestId === person.open?.requestId);
    const granted = person.grants.map(({ id }) => id);
    const isKept = (id: string) => granted.includes(id) || look.endMs !== undefined;
    return {
      state,
      desired: reconciled.desired,
      asked: toAsked(own, licenses, redriven),
      granted,
      held: atWebex.held(email),
      open: open
        ? toLabels(open, licenses)
            .filter(({ isLeft }) => isLeft)
            .map(({ label }) => label)
        : [],
      overrides: overrides.map(
        ({ operation, licenseId }) => `${operation === 'add' ? '+' : '-'}${licenseId}`,
      ),
      kept: reconciled.decisions.flatMap(({ id, action }) => (action === 'keep' && isKept(id) ? [id] : [])),
      drift: drift.of(personId, email),
      why: await explain(person),
    };
  }

  /** As the command shows it. */
  async function explain(person: Person): Promise<string> {
    const answer = await answerPerson(answers, 'ada', person, undefined, log);
    return toWhyLines('ada', personAnswerSchema.parse(JSON.parse(JSON.stringify(answer)))).join('\n');
  }

  return {
    act,
    async passUntil(atMs) {
      for (let next = nextTime(); next <= atMs; next = nextTime()) {
        nowMs = next;
        await settle();
      }
      nowMs = atMs;
    },
    observe,
    async stop() {},
  };
}

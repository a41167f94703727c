import type { Log } from '../platform/log.ts';
import { retryOnConflict, VERSION_CONFLICT } from '../platform/version-conflict.ts';
import { PolicyError } from '../policy/policy.ts';
import { toPersonKey } from '../requests/record/person.ts';
import { WebexFailure } from '../webex/errors/failure.ts';
import { HrUnavailable } from './ask-hr.ts';
import { createStoreHrBatch, type HrBatches } from './batches.ts';
import { carryOver, isOfEarlierVersion, toPlannedIds } from './carry-over.ts';
import { type Employee, type Employees, newEmployee } from './employee.ts';
import { type EventEnd, toEventEnd } from './event-end.ts';
import type { HrEvent } from './hr-event.ts';
import {
  type HrEvents,
  type HrWorkQueue,
  type StoredHrEvent,
  toNextIdentityCheck,
  toNextLook,
} from './hr-events.ts';
import { keepFact, TooLate, TooManyFacts } from './keep-fact.ts';
import { splitAttributes, toKeptNames } from './kept-attributes.ts';
import { type HrMessage, openHrMessage } from './open-hr-message.ts';
import { cancelOwn } from './own-requests.ts';
import { findPerson, type Person } from './person.ts';
import { hrBatchMessageSchema } from './queue-message.ts';
import { type ReconcileDeps, type Reconciliation, reconcileEmployee } from './reconcile-employee.ts';
import type { ResolveEmployee } from './resolve.ts';
import type { Source } from './sources/sources.ts';
import { toFact } from './to-fact.ts';
import { toAskedBy } from './to-request.ts';

export interface ApplyDeps extends ReconcileDeps {
  readonly sources: ReadonlyMap<string, Source>;
  readonly events: HrEvents;
  readonly batches: HrBatches;
  readonly hrWorkQueue: HrWorkQueue;
  readonly employees: Employees;
  readonly resolve: ResolveEmployee;
  /** @see createNoteAttributeNames */
  readonly noteAttributeNames: (source: string, names: readonly string[], log: Log) => Promise<void>;
  /** How long an event waits until the address of its employee is known. */
  readonly retentionMs: number;
  /** @see createReadStopped */
  readonly isReevaluationStopped: () => Promise<boolean>;
}

const toNeedsIdentity = ({ notes = [] }: HrEvent) =>
  [...notes, 'the e-mail address of this employee is not known yet: import it to the directory'].join('; ');

/**
 * Acts on a message of the queue `hr-events`: keeps stored events as facts of their employees, takes in what became of
 * requests, and makes each person as desired. The host owns the acknowledgement: this throws where it is to be delivered
 * again. Done twice, it does the same.
 */
export function createApplyHrEvent(deps: ApplyDeps) {
  const { events, employees, sources, resolve, clock } = deps;
  const storeBatch = createStoreHrBatch({ ...deps, workQueue: deps.hrWorkQueue });

  return async function applyHrMessage(received: unknown, log: Log): Promise<void> {
    const batch = hrBatchMessageSchema.safeParse(received);
    if (batch.success) return storeBatch(batch.data.batch, log);
    const message = await openHrMessage(events, received, log);
    // A work message that fails is delivered again as a whole: its other events are done, and doing them twice
    // changes nothing.
    const ends = await Promise.allSettled([
      ...[...byEmployee(message.events)].map(async (some) => {
        for (const record of some) await applyEvent(record, log);
      }),
      ...(await toPersonKeys(message)).map((personKey) => reconcileEmployee(deps, personKey, {}, log)),
      ...message.requestIds.map((requestId) => takeEnd(requestId, log)),
    ]);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  };

  /** A re-evaluation that is stopped begins with the first person when it is continued: until then, its people are left alone. */
  async function toPersonKeys({ personKeys, reevaluate }: HrMessage): Promise<readonly string[]> {
    if (reevaluate.length === 0 || (await deps.isReevaluationStopped())) return personKeys;
    return [...personKeys, ...reevaluate];
  }

  async function applyEvent(record: StoredHrEvent, log: Log): Promise<void> {
    if (record.state !== 'accepted' && record.state !== 'needs-identity') return;
    const source = sources.get(record.event.source);
    if (source === undefined)
      return end(record, toFailed('its source is no longer in the setting HR_SOURCES'), log);
    try {
      const { employeeId = record.event.email ?? '' } = record.event;
      const known = await employees.read(source.name, employeeId);
      if (record.event.kind === 'deleted' && known === undefined)
        return end(record, { state: 'ignored', detail: NEVER_TOLD, requestIds: [] }, log);
      const event = await resolve(source, record.event, known, record.receivedAt);
      if (event.failure !== undefined) return end(record, toFailed(event.failure), log);
      if (event.email === undefined) return waitForIdentity(record, toNeedsIdentity(event), log);
      const done = await keep(record, source, { ...event, email: event.email }, known, log);
      if (done) await end(record, toEventEnd(done, { ...record, event }), log);
    } catch (error) {
      if (error instanceof TooManyFacts || error instanceof TooLate)
        return end(record, toFailed(error.message), log);
      const isPassing = error instanceof HrUnavailable || error instanceof PolicyError;
      if (!isPassing && !(error instanceof WebexFailure)) throw error;
      await later(record, record.state, error.message, log);
    }
  }

  /** Keeps an event as a fact, and makes the person as desired. */
  async function keep(
    record: StoredHrEvent,
    { name: source, attributes: allowed }: Source,
    told: HrEvent & { readonly email: string },
    stored: Employee | undefined,
    log: Log,
  ): Promise<Reconciliation | undefined> {
    const { policy } = await deps.policies.current(log);
    const keptNames = toKeptNames(policy, allowed);
    const { attributes, left } = splitAttributes(told.attributes, keptNames);
    const event = { ...told, attributes };
    await deps.noteAttributeNames(source, left, log);
    const known = stored && withKept(stored, keptNames);
    const { email, employeeId = email } = event;
    const fact = toFact(event, record.receivedAt);
    if (fact === undefined) return undefined;
    const personKey = known?.personKey ?? toPersonKey({ person: { email } });
    const isOld = known !== undefined && isOfEarlierVersion(known);
    const catalogue = isOld ? await deps.catalogue() : [];
    for (const requestId of isOld ? toPlannedIds(known) : [])
      await cancelOwn(deps, requestId, 'each day is looked at when it comes', log);
    const change = (person: Person) => {
      const before = isOld ? carryOver(person, known, catalogue) : person;
      return keepFact(before, { source, employeeId }, fact, known?.attributes ?? {}, deps.zoneOf(source));
    };
    const { key, receivedAt: askedAt } = record;
    const done = await reconcileEmployee(
      deps,
      personKey,
      { change, askedAt, key, eventKey: record.eventKey },
      log,
    );
    // The person first: an employee who leads to nobody would lose what version 0.1.0 knew.
    if (done && (known?.personKey === undefined || known.email !== email))
      await linkEmployee(source, employeeId, { email, personKey: done.person.personKey });
    return done;
  }

  /** Undefined where there has been none. */
  async function readPolicy(log: Log) {
    try {
      return (await deps.policies.current(log)).policy;
    } catch (error) {
      if (error instanceof PolicyError) return undefined;
      throw error;
    }
  }

  async function linkEmployee(
    source: string,
    employeeId: string,
    link: Pick<Employee, 'email' | 'personKey'>,
  ) {
    const linked = await retryOnConflict(async () => {
      const stored = (await employees.read(source, employeeId)) ?? newEmployee(source, employeeId);
      return employees.write({ ...stored, ...link });
    });
    if (linked === VERSION_CONFLICT) throw new Error('An employee was written by others each time');
  }

  /** Takes in what became of a request of a person whom HR knows. */
  async function takeEnd(requestId: string, log: Log): Promise<void> {
    const ended = await deps.requestStore.read(requestId);
    if (ended?.request === undefined) return;
    const { person } = ended.request;
    const names = [ended.personId, person.personId].flatMap((personId) =>
      personId === undefined ? [] : [{ personId }],
    );
    const keys = [...names, { email: person.email }].map((name) => toPersonKey({ person: name }));
    // The person for whom it was asked comes first: the request may have reached a Webex person of another one.
    for (const key of [...toAskedBy(ended), ...keys]) {
      const known = await findPerson(deps.people, key);
      if (known === undefined) continue;
      await reconcileEmployee(deps, known.personKey, { ended }, log);
      return;
    }
  }

  /** Ever more rarely; an import to the directory goes on with it at once. */
  function waitForIdentity(record: StoredHrEvent, detail: string, log: Log): Promise<void> {
    const waitedMs = clock().getTime() - record.receivedAt.getTime();
    if (waitedMs >= deps.retentionMs) return end(record, toFailed(`nobody said who it is: ${detail}`), log);
    return later(record, 'needs-identity', detail, log, toNextIdentityCheck(record, clock()));
  }

  async function later(
    record: StoredHrEvent,
    state: StoredHrEvent['state'],
    detail: string,
    log: Log,
    lookAt = toNextLook(record, clock()),
  ): Promise<void> {
    await events.replace({ ...record, state, detail, looks: record.looks + 1, lookAt, updatedAt: clock() });
    const { eventKey, state: from } = record;
    log.info('hr-event', { eventKey, from, to: state, until: lookAt.toISOString(), detail });
  }

  /** An event that has ended has only the attributes that are kept. */
  async function end({ lookAt: _over, ...record }: StoredHrEvent, ended: EventEnd, log: Log): Promise<void> {
    const { eventKey, state: from, event } = record;
    const keptNames = toKeptNames(await readPolicy(log), sources.get(event.source)?.attributes ?? []);
    const { attributes } = splitAttributes(event.attributes, keptNames);
    await events.replace({ ...record, event: { ...event, attributes }, ...ended, updatedAt: clock() });
    const { state: to, requestIds, detail } = ended;
    log.info('hr-event', { eventKey, from, to, requests: requestIds.length, detail });
  }
}

/** What version 0.1.0 and the directory know of an employee, with the attributes that are kept. */
const withKept = (
  { attributes, pending, ...employee }: Employee,
  keptNames: ReadonlySet<string>,
): Employee => ({
  ...employee,
  attributes: splitAttributes(attributes, keptNames).attributes,
  pending: pending.map(({ event, ...one }) => ({
    ...one,
    event: { ...event, attributes: splitAttributes(event.attributes, keptNames).attributes },
  })),
});

const NEVER_TOLD = 'HR deleted the record of an employee of whom it has told nothing';

const toFailed = (detail: string): EventEnd => ({ state: 'failed', detail, requestIds: [] });

/** Events of one employee go one after the other; employees side by side. */
function byEmployee(records: readonly StoredHrEvent[]): Iterable<readonly StoredHrEvent[]> {
  const groups = new Map<string, StoredHrEvent[]>();
  for (const record of records) {
    const { source, employeeId = record.event.email ?? '' } = record.event;
    const group = groups.get(`${source} ${employeeId}`) ?? [];
    groups.set(`${source} ${employeeId}`, group);
    group.push(record);
  }
  return groups.values();
}

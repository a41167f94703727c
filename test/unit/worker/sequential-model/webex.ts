import { AsyncLocalStorage } from 'node:async_hooks';
import type { Identified } from '../../../../src/people/identify.ts';
import type { Clock } from '../../../../src/platform/clock.ts';
import type { WebexClient } from '../../../../src/webex/client.ts';
import { toFailure, toUncertainFailure } from '../../../../src/webex/errors/failure.ts';
import type { License } from '../../../../src/webex/license.ts';
import { personSchema, userLicensesSchema } from '../../../../src/webex/user-licenses.ts';
import { toCanonicalId } from '../../../../src/webex/webex-id.ts';
import type { Job } from '../../../../src/worker/job.ts';
import {
  findPerson,
  isSecondOrg,
  LATE,
  type ModelPerson,
  NEVER,
  OF_SECOND_ORG,
  OWN_ORG_ID,
  PEOPLE,
  PRODUCTS,
  SECOND_ORG_ID,
  toLicenseId,
  toPersonId,
} from './spellings.ts';

export type WebexFate =
  | 'well'
  | 'rate-limited'
  | 'trouble-before'
  | 'trouble-after'
  | 'partial'
  | 'refused'
  | 'forbidden'
  | 'untold'
  | 'late';

interface Deps {
  /** A license was taken from a person. */
  readonly taken: (job: Job | undefined, person: ModelPerson) => void;
  readonly clock: Clock;
  /** Lets others go first, and decides how this call ends. */
  readonly draw: (name: string) => Promise<WebexFate>;
  readonly die: () => never;
  /** Does something later, whatever became of the caller. */
  readonly later: (apply: () => void) => void;
  readonly violation: (text: string) => void;
  /** The changes that are still wanted by the requests of a job, as the model reads them. */
  readonly toWanted: (job: Job) => readonly string[];
}

/** The licenses of a person as an answer of Webex showed them; of one whom Webex does not know, none. */
export type Shown = ReadonlySet<number>;

/** Whose attempt it is that calls. */
export const jobs = new AsyncLocalStorage<Job>();

/** An address in any case, or an id in any spelling. */
export const toComparableName = (name: string): string =>
  name.includes('@') ? name.toLowerCase() : toCanonicalId('PEOPLE', name);

/** A Webex that holds few people in memory. */
export function createMemoryWebex({ clock, draw, die, later, violation, toWanted, taken }: Deps) {
  const held = PEOPLE.map(() => new Set<number>());
  /** How often each person was deleted and created again. */
  const lives = PEOPLE.map(() => 0);
  const lifeOf = (index: number) => lives[index] ?? 0;
  let isTokenRefused = false;
  let isSecondOrgRefused = false;
  /** How often the subscription of each license was renewed. */
  const renewals = PRODUCTS.map(() => 0);
  let licenses = list(false);
  let ofSecond = list(true);
  /** What the answers showed to each job. */
  const shown = new WeakMap<Job, Shown[]>();
  /** What each answer to a look-up told. */
  const told = new WeakMap<object, Shown>();

  function list(isOfSecond: boolean): readonly License[] {
    return PRODUCTS.map((product, at) => ({
      ...product,
      id: toLicenseId(at, renewals[at] ?? 0, isOfSecond),
    }));
  }
  const idsIn = (has: Shown, { index }: ModelPerson) =>
    [...has].flatMap((at) => (index === OF_SECOND_ORG ? ofSecond : licenses)[at]?.id ?? []);
  const show = (has: Shown) => {
    const job = jobs.getStore();
    if (job) shown.set(job, [...(shown.get(job) ?? []), new Set(has)]);
  };
  const listed = new Set(
    PEOPLE.map(({ index }) => index).filter((index) => index !== LATE && index !== NEVER),
  );
  /** Whom Webex knows by a name now. */
  const find = (named: Parameters<typeof findPerson>[0]) => {
    const { person, life } = findPerson(named) ?? {};
    if (!person || !listed.has(person.index)) return undefined;
    return life === undefined || life === lifeOf(person.index) ? person : undefined;
  };
  function checkAllowed(orgId: string | undefined, about: 'person' | 'organization'): void {
    if (isTokenRefused) throw toFailure({ status: 401, body: '' }, about);
    if (isSecondOrgRefused && isSecondOrg(orgId)) throw toFailure({ status: 403, body: '' }, about);
  }
  /** Requests with a change whose answer nobody knows, and jobs that looked at their person. */
  const uncertain = new Set<string>();
  const looked = new WeakSet<Job>();
  const idsOf = (job: Job | undefined) => job?.records.map(({ requestId }) => requestId) ?? [];
  const limit = () => toFailure({ status: 429, body: '', retryAfterMs: 3_000 }, 'person');
  const noAnswer = () => toUncertainFailure('no-answer', 'timeout', undefined);

  const webex: {
    people: Pick<WebexClient['people'], 'find'>;
    licenses: Pick<WebexClient['licenses'], 'assignLicensesToUsers'>;
  } = {
    people: {
      async find(named, options) {
        const fate = await draw('webex.find');
        if (fate === 'rate-limited') throw limit();
        if (fate === 'trouble-before' || fate === 'trouble-after') throw noAnswer();
        if (options?.deadline && clock() > options.deadline) throw noAnswer();
        checkAllowed(options?.orgId, 'person');
        const found = find(named);
        const has = new Set(found && held[found.index]);
        const isTold = fate !== 'untold';
        const job = jobs.getStore();
        if (job && isTold) looked.add(job);
        if (isTold) for (const id of idsOf(job)) uncertain.delete(id);
        if (isTold) show(has);
        if (found === undefined) return undefined;
        const person = personSchema.parse({
          id: toPersonId(found.index, lifeOf(found.index)),
          orgId: found.index === OF_SECOND_ORG ? SECOND_ORG_ID : OWN_ORG_ID,
          emails: [found.email, found.alias],
          ...(isTold && { licenses: idsIn(has, found) }),
        });
        told.set(person, has);
        return person;
      },
    },
    licenses: {
      async assignLicensesToUsers(request, deadline) {
        const changes = request.licenses ?? [];
        // The client sends nothing after the deadline: a holder who was slow has lost the lease, and another one read.
        if (deadline && clock() > deadline) throw noAnswer();
        checkAllowed(request.orgId, 'person');
        const person = find(request);
        const has = held[person?.index ?? -1];
        if (!person || !has) {
          show(new Set());
          throw toFailure({ status: 404, body: '' }, 'person');
        }
        const asked = changes.map(({ id, operation = 'add' }) => {
          const all = person.index === OF_SECOND_ORG ? ofSecond : licenses;
          return { at: all.findIndex((license) => license.id === id), operation };
        });
        if (asked.some(({ at }) => at === -1)) throw toFailure({ status: 400, body: '' }, 'person');
        checkWanted(asked);
        const job = jobs.getStore();
        const apply = (some = asked) => {
          if (deadline && clock() > deadline) return false;
          for (const { at, operation } of some) {
            if (operation !== 'remove') has.add(at);
            else if (has.delete(at)) taken(job, person);
          }
          return true;
        };
        const blind = job && !looked.has(job) ? idsOf(job).filter((id) => uncertain.has(id)) : [];
        if (blind.length > 0) violation(`sent without a look, after an unknown answer: ${blind}`);
        const known = idsOf(job).filter((id) => !uncertain.has(id));
        for (const id of known) uncertain.add(id);
        const isAnswered = () => {
          for (const id of known) uncertain.delete(id);
        };
        const fate = await draw('webex.patch');
        if (fate === 'late') {
          later(() => apply());
          die();
        }
        if (fate === 'rate-limited' || fate === 'refused' || fate === 'forbidden') isAnswered();
        if (fate === 'rate-limited') throw limit();
        if (fate === 'trouble-before') throw noAnswer();
        if (fate === 'forbidden') throw toFailure({ status: 403, body: '' }, 'person');
        if (fate === 'refused') throw toFailure({ status: 400, body: '' }, 'person');
        if (!apply(fate === 'partial' && asked.length > 1 ? asked.slice(0, 1) : asked)) throw noAnswer();
        const { email } = person;
        const personId = toPersonId(person.index, lifeOf(person.index));
        const user = { ...userLicensesSchema.parse({ personId, email }), licenses: idsIn(has, person) };
        const answer = new Set(has);
        if ((await draw('webex.answer')) === 'trouble-after') throw noAnswer();
        isAnswered();
        show(answer);
        return { isPartial: fate === 'partial', trackingId: 'T', user };
      },
    },
  };

  /** What nobody wants any more must not be sent. */
  function checkWanted(changes: readonly { readonly at: number; readonly operation: string }[]) {
    const job = jobs.getStore();
    const wanted = job ? toWanted(job) : [];
    for (const { at, operation } of changes) {
      if (!wanted.includes(`${operation} ${at}`))
        violation(`sent again after it was settled: ${operation} ${at}`);
    }
  }

  return {
    webex,
    held,
    listed,
    lifeOf,
    isThere: (named: Parameters<typeof findPerson>[0]) => find(named) !== undefined,
    isMended: () => !isTokenRefused && !isSecondOrgRefused,
    refuse(what: 'token' | 'second organization', isRefused: boolean) {
      if (what === 'token') isTokenRefused = isRefused;
      else isSecondOrgRefused = isRefused;
    },
    /** Who has which name now, of the own organization. */
    takeSnapshot(): ReadonlyMap<string, Identified> {
      const inside = PEOPLE.filter(({ index }) => listed.has(index) && index !== OF_SECOND_ORG);
      return new Map(
        inside.flatMap(({ index, email, alias }) => {
          const personId = toPersonId(index, lifeOf(index));
          const person = { personId, emails: [email, alias], readAt: clock() };
          return [email, alias, personId].map((name) => [toComparableName(name), person] as const);
        }),
      );
    },
    /** A person is deleted, and another person is created with the addresses. */
    createAgain(index: number) {
      lives[index] = lifeOf(index) + 1;
      held[index]?.clear();
    },
    licenses(orgId: string | undefined) {
      checkAllowed(orgId, 'organization');
      return isSecondOrg(orgId) ? ofSecond : licenses;
    },
    renewals: (at: number) => renewals[at] ?? 0,
    /** Over night the subscription is another one: the license has another id, also for those who hold it. */
    renew(at: number) {
      renewals[at] = (renewals[at] ?? 0) + 1;
      licenses = list(false);
      ofSecond = list(true);
    },
    /** A job begins with the answer that led to its lease. */
    shownTo: (job: Job): readonly Shown[] => {
      const first = job.listed && told.get(job.listed);
      return [...(first ? [first] : []), ...(shown.get(job) ?? [])];
    },
  };
}

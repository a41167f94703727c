import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../../../../src/platform/clock.ts';
import type { WebexClient } from '../../../../src/webex/client.ts';
import { toFailure, toUncertainFailure } from '../../../../src/webex/failure.ts';
import type { License } from '../../../../src/webex/license.ts';
import { personSchema, userLicensesSchema } from '../../../../src/webex/user-licenses.ts';
import type { Job } from '../../../../src/worker/progress.ts';
import { findPerson, OWN_ORG_ID, PEOPLE, PRODUCTS, toLicenseId } from './spellings.ts';

export const LATE_PERSON = PEOPLE[1]?.id ?? '';

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

/** A Webex that holds two people in memory. */
export function createMemoryWebex({ clock, draw, die, later, violation, toWanted }: Deps) {
  const held = new Map(PEOPLE.map(({ id }) => [id, new Set<number>()]));
  /** How often the subscription of each license was renewed. */
  const renewals = PRODUCTS.map(() => 0);
  let licenses = list();
  /** What the answers showed to each job. */
  const shown = new WeakMap<Job, Shown[]>();
  /** What each answer to a look-up told. */
  const told = new WeakMap<object, Shown>();

  function list(): readonly License[] {
    return PRODUCTS.map((product, at) => ({ ...product, id: toLicenseId(at, renewals[at] ?? 0) }));
  }
  const idsIn = (has: Shown) => [...has].flatMap((at) => licenses[at]?.id ?? []);
  const show = (has: Shown) => {
    const job = jobs.getStore();
    if (job) shown.set(job, [...(shown.get(job) ?? []), new Set(has)]);
  };
  const listed = new Set(PEOPLE.map(({ id }) => id).filter((id) => id !== LATE_PERSON));
  /** Requests with a change whose answer nobody knows, and jobs that looked at their person. */
  const uncertain = new Set<string>();
  const looked = new WeakSet<Job>();
  const idsOf = (job: Job | undefined) => job?.entries.map(({ requestId }) => requestId) ?? [];
  const limit = () => toFailure({ status: 429, body: '', retryAfterMs: 3_000 }, 'person');
  const noAnswer = () => toUncertainFailure('no-answer', 'timeout', undefined);

  const webex: Pick<WebexClient, 'people'> & {
    licenses: Pick<WebexClient['licenses'], 'assignLicensesToUsers'>;
  } = {
    people: {
      async find(named, options) {
        const fate = await draw('webex.find');
        if (fate === 'rate-limited') throw limit();
        if (fate === 'trouble-before' || fate === 'trouble-after') throw noAnswer();
        if (options?.deadline && clock() > options.deadline) throw noAnswer();
        const anyone = findPerson(named);
        const found = listed.has(anyone?.id ?? '') ? anyone : undefined;
        const has = new Set(found && held.get(found.id));
        const isTold = fate !== 'untold';
        const job = jobs.getStore();
        if (job && isTold) looked.add(job);
        if (isTold) for (const id of idsOf(job)) uncertain.delete(id);
        if (isTold) show(has);
        if (found === undefined) return undefined;
        const person = personSchema.parse({
          id: found.id,
          orgId: OWN_ORG_ID,
          emails: [found.email, found.alias],
          ...(isTold && { licenses: idsIn(has) }),
        });
        told.set(person, has);
        return person;
      },
    },
    licenses: {
      async assignLicensesToUsers(request, deadline) {
        const changes = request.licenses ?? [];
        const person = findPerson(request);
        const has = held.get(person?.id ?? '');
        if (!person || !has || !listed.has(person.id)) {
          show(new Set());
          throw toFailure({ status: 404, body: '' }, 'person');
        }
        const asked = changes.map(({ id, operation = 'add' }) => {
          return { at: licenses.findIndex((license) => license.id === id), operation };
        });
        if (asked.some(({ at }) => at === -1)) throw toFailure({ status: 400, body: '' }, 'person');
        checkWanted(asked);
        const apply = (some = asked) => {
          if (deadline && clock() > deadline) return false;
          for (const { at, operation } of some) operation === 'remove' ? has.delete(at) : has.add(at);
          return true;
        };
        const job = jobs.getStore();
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
        const { id: personId, email } = person;
        const user = { ...userLicensesSchema.parse({ personId, email }), licenses: idsIn(has) };
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
    licenses: () => licenses,
    renewals: (at: number) => renewals[at] ?? 0,
    /** Over night the subscription is another one: the license has another id, also for those who hold it. */
    renew(at: number) {
      renewals[at] = (renewals[at] ?? 0) + 1;
      licenses = list();
    },
    /** A job begins with the answer that led to its lease. */
    shownTo: (job: Job): readonly Shown[] => {
      const first = job.listed && told.get(job.listed);
      return [...(first ? [first] : []), ...(shown.get(job) ?? [])];
    },
  };
}

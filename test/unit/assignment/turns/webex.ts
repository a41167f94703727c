import { AsyncLocalStorage } from 'node:async_hooks';
import type { Job } from '../../../../src/assignment/attempt.ts';
import { toItems } from '../../../../src/ledger/items.ts';
import type { Clock } from '../../../../src/platform/clock.ts';
import type { WebexClient } from '../../../../src/webex/client.ts';
import { toFailure, toUncertainFailure } from '../../../../src/webex/failure.ts';
import type { License } from '../../../../src/webex/license.ts';
import { personSchema, userLicensesSchema } from '../../../../src/webex/user-licenses.ts';

export const LICENSES: readonly License[] = ['one', 'two', 'three'].map((name) => ({
  id: `L-${name}`,
  name,
}));
/** The second of them is in Webex's directory from the first `appear` on. */
export const PEOPLE = ['ada', 'bob'].map((name) => ({
  id: `P-${name}`,
  email: `${name}@example.com`,
  alias: `${name}.alias@example.com`,
}));
export const LATE_PERSON = PEOPLE[1]?.id ?? '';

export type WebexFate =
  | 'well'
  | 'rate-limited'
  | 'trouble-before'
  | 'trouble-after'
  | 'partial'
  | 'refused'
  | 'late';

interface Deps {
  readonly clock: Clock;
  /** Lets others go first, and decides how this call ends. */
  readonly draw: (name: string) => Promise<WebexFate>;
  readonly die: () => never;
  /** Does something later, whatever became of the caller. */
  readonly later: (apply: () => void) => void;
  readonly violation: (text: string) => void;
}

/** Whose attempt it is that calls. */
export const jobs = new AsyncLocalStorage<Job>();

/** A Webex that holds two people in memory. */
export function createMemoryWebex({ clock, draw, die, later, violation }: Deps) {
  const held = new Map(PEOPLE.map(({ id }) => [id, new Set<string>()]));
  const find = (named: { email?: string | undefined; personId?: string | undefined }) =>
    PEOPLE.find(({ id, email, alias }) =>
      named.personId ? id === named.personId : email === named.email || alias === named.email,
    );
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
        const anyone = find(named);
        const found = listed.has(anyone?.id ?? '') ? anyone : undefined;
        const job = jobs.getStore();
        if (job) looked.add(job);
        for (const id of idsOf(job)) uncertain.delete(id);
        return (
          found &&
          personSchema.parse({
            id: found.id,
            emails: [found.email, found.alias],
            licenses: [...(held.get(found.id) ?? [])],
          })
        );
      },
    },
    licenses: {
      async assignLicensesToUsers(request, deadline) {
        const changes = request.licenses ?? [];
        const person = find(request);
        const has = held.get(person?.id ?? '');
        if (!person || !has || !listed.has(person.id)) throw toFailure({ status: 404, body: '' }, 'person');
        checkWanted(changes.map(({ id, operation = 'add' }) => ({ id, operation })));
        const apply = (some = changes) => {
          if (deadline && clock() > deadline) return false;
          for (const { id, operation } of some) operation === 'remove' ? has.delete(id) : has.add(id);
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
        if (fate === 'rate-limited' || fate === 'refused') isAnswered();
        if (fate === 'rate-limited') throw limit();
        if (fate === 'trouble-before') throw noAnswer();
        if (fate === 'refused') throw toFailure({ status: 400, body: '' }, 'person');
        if (!apply(fate === 'partial' && changes.length > 1 ? changes.slice(0, 1) : changes))
          throw noAnswer();
        const { id: personId, email } = person;
        const user = { ...userLicensesSchema.parse({ personId, email }), licenses: [...has] };
        if ((await draw('webex.answer')) === 'trouble-after') throw noAnswer();
        isAnswered();
        return { isPartial: fate === 'partial', trackingId: 'T', user };
      },
    },
  };

  /** What nobody wants any more must not be sent. */
  function checkWanted(changes: readonly { readonly id: string; readonly operation: string }[]) {
    const wanted = (jobs.getStore()?.entries ?? []).flatMap(({ request, results }) =>
      (request ? toItems(request) : []).flatMap((item) =>
        item.kind === 'license' && results[item.index]?.result === 'wanted'
          ? [`${item.operation} ${item.reference}`]
          : [],
      ),
    );
    for (const { id, operation } of changes) {
      if (!wanted.includes(`${operation} ${id}`))
        violation(`sent again after it was settled: ${operation} ${id}`);
    }
  }
  return { webex, held, listed };
}

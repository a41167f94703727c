import { createHash } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import { type Log, logUnreadable } from '../platform/log.ts';
import { VERSION_CONFLICT } from '../platform/version-conflict.ts';
import { PolicyError } from '../policy/policy.ts';
import type { PolicySource } from '../policy/policy-source.ts';
import { WebexFailure } from '../webex/errors/failure.ts';
import type { License } from '../webex/license.ts';
import type { HrWorkQueue } from './hr-events.ts';
import { isSettled } from './is-settled.ts';
import type { HrPeople, Person } from './person.ts';
import { beginAnew, type Reevaluation, type ReevaluationStore } from './reevaluation.ts';

interface Deps {
  readonly people: Pick<HrPeople, 'page'>;
  readonly hrWorkQueue: Pick<HrWorkQueue, 'send'>;
  readonly store: ReevaluationStore;
  readonly policies: PolicySource;
  readonly catalogue: () => Promise<readonly License[]>;
  /** Where a day begins of which HR names no zone, by source. */
  readonly zoneOf: (source: string) => string;
  readonly clock: Clock;
}

const PAGE = 200;
const BUDGET_MS = 30_000;
/** An instance may decide by the policy before for this long: see `createPolicySource`. */
const SETTLES_MS = 10_000;

/**
 * Looks at all people again after a change of the policy in force or of the licenses that its names mean: in pages, and off
 * the queue at the people for whom something changes. It begins when all instances know the change, because an instance may
 * decide by the policy before until then. After a kill it continues with the same page. A newer policy begins anew, also
 * after an operator stopped the one before.
 */
export function createReevaluate({ people, hrWorkQueue, store, policies, catalogue, zoneOf, clock }: Deps) {
  return async function reevaluate(log: Log): Promise<void> {
    const basis = await readBasis(log);
    if (basis === undefined) return;
    const found = await store.read();
    if (found?.state.basis !== basis.basis) {
      await store.write(beginAnew(basis, found?.state, clock()), found?.version);
      return;
    }
    let { state, version }: { state: Reevaluation; version: string } = found;
    if (state.doneAt ?? state.stopped) return;
    if (clock().getTime() < state.startedAt.getTime() + SETTLES_MS) return;
    const untilMs = clock().getTime() + BUDGET_MS;
    while (state.doneAt === undefined && clock().getTime() < untilMs) {
      const page = await people.page(PAGE, state.next);
      logUnreadable(log, page.unreadable);
      // A row that was read says already for whom nothing changes: most people, of most policies.
      const context = { ...basis.context, nowMs: clock().getTime(), policyOf: () => undefined, zoneOf };
      const concerned = page.people.filter((person) => !isSettled(person, context));
      await Promise.all(concerned.map(({ personKey }) => hrWorkQueue.send({ reevaluate: personKey })));
      const { next: _sent, ...rest } = state;
      const end = page.next === undefined ? { doneAt: clock() } : { next: page.next };
      const referredTo = [...new Set([...(state.referredTo ?? []), ...page.people.flatMap(toVersions)])];
      state = { ...rest, referredTo, sent: state.sent + page.people.length, ...end };
      const written = await store.write(state, version);
      // Another instance is at it.
      if (written === VERSION_CONFLICT) return;
      version = written;
    }
    const { policyVersion, sent, doneAt } = state;
    log.info('people-reevaluated', { policyVersion, sent, done: doneAt !== undefined });
  };

  async function readBasis(log: Log) {
    try {
      const { policy, version: policyVersion } = await policies.current(log);
      const licenses = await catalogue();
      const context = { policy, policyVersion, catalogue: licenses };
      return { policyVersion, basis: `${policyVersion} ${toFingerprint(licenses)}`, context };
    } catch (error) {
      if (error instanceof PolicyError || error instanceof WebexFailure) return undefined;
      throw error;
    }
  }
}

const toVersions = ({ directs }: Person) => directs.flatMap(({ policyVersion }) => policyVersion ?? []);

/** The same for as long as each name means the same licenses. */
function toFingerprint(licenses: readonly License[]): string {
  const rows = licenses.map(({ id, name, subscriptionId, siteUrl }) =>
    JSON.stringify([id, name, subscriptionId, siteUrl]),
  );
  return createHash('sha256').update(rows.sort().join('\n')).digest('hex').slice(0, 12);
}

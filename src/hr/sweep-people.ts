import type { Clock } from '../platform/clock.ts';
import { type Log, logUnreadable } from '../platform/log.ts';
import { createPageByPage } from '../platform/page-by-page.ts';
import type { HrWorkQueue } from './hr-events.ts';
import type { HrPeople, StoredPerson } from './person.ts';

const PAGE = 100;
const AT_ONCE = 16;
const BUDGET_MS = 60_000;
/** Until the next look, where this message is lost. */
const CHECK_AFTER_MS = 10 * 60_000;

interface Deps {
  readonly people: Pick<HrPeople, 'due' | 'write'>;
  readonly hrWorkQueue: Pick<HrWorkQueue, 'send'>;
  readonly clock: Clock;
}

/** Sends a message for each person of whom a day has come: a first day, the end of a last day, the end of an override. */
export function createSweepPeople({ people, hrWorkQueue, clock }: Deps) {
  const workThrough = createPageByPage({ clock, budgetMs: BUDGET_MS, itemsAtOnce: AT_ONCE });

  return async function sweepPeople(log: Log): Promise<void> {
    const at = clock();
    const unreadable: string[] = [];
    const readDue = async (next?: string) => {
      const page = await people.due(at, PAGE, next);
      unreadable.push(...page.unreadable);
      return { items: page.people, next: page.next };
    };
    try {
      const { isCutOff } = await workThrough(readDue, sweepPerson);
      if (isCutOff) log.warn('sweep-cut-off', { part: 'due-people' });
    } finally {
      logUnreadable(log, unreadable);
    }
  };

  async function sweepPerson(person: StoredPerson): Promise<void> {
    await hrWorkQueue.send({ personKey: person.personKey });
    await people.write({ ...person, lookAt: new Date(clock().getTime() + CHECK_AFTER_MS) });
  }
}

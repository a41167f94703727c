import { acceptRequest } from '../ledger/accept.ts';
import { moveEntry } from '../ledger/entry.ts';
import { CHANGED_MEANWHILE, type Ledger, type Tickets } from '../ledger/ledger.ts';
import { logMove } from '../ledger/log-move.ts';
import type { Origin } from '../ledger/origin.ts';
import { isLegal } from '../ledger/states.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Employees, Orders, StoredEmployee } from './employee.ts';

const MAX_RACES = 5;

export interface CarryOutDeps {
  readonly employees: Employees;
  readonly ledger: Pick<Ledger, 'add' | 'read' | 'replace'>;
  readonly tickets: Tickets;
  readonly clock: Clock;
  readonly instance: string;
}

/**
 * Hands what the newest plan for an employee asks for to the ledger, and then forgets it: also where whoever made
 * the plan could not. Done twice, or by two at once, it does the same.
 * @returns the employee without it
 */
export function createCarryOut({ employees, ledger, tickets, clock, instance }: CarryOutDeps) {
  return async (employee: StoredEmployee | undefined, log: Log): Promise<StoredEmployee | undefined> => {
    let current = employee;
    for (let race = 0; race < MAX_RACES; race += 1) {
      if (current?.orders === undefined) return current;
      const { orders, ...rest } = current;
      await replaceScheduled(orders, log);
      await accept(orders, log);
      const done = await employees.write(rest);
      if (done) return done;
      current = await employees.read(rest.source, rest.employeeId);
    }
    throw new Error('An employee was written by others each time');
  };

  /** Scheduled requests of an earlier plan end; those that were released meanwhile go on. */
  async function replaceScheduled({ replaces, requests }: Orders, log: Log): Promise<void> {
    const [successor] = requests;
    for (const requestId of replaces) {
      const entry = await ledger.read(requestId);
      if (entry?.state !== 'scheduled' || !isLegal(entry.state, 'superseded')) continue;
      const by = successor ? `superseded by ${successor.requestId}` : 'withdrawn by HR';
      const next = moveEntry(entry, successor ? 'superseded' : 'cancelled', mover(), {}, { detail: by });
      if ((await ledger.replace(next)) !== CHANGED_MEANWHILE) logMove(log, next, entry.state);
    }
  }

  async function accept({ requests, key }: Orders, log: Log): Promise<void> {
    const origin: Origin = { channel: 'hr', ...(key !== undefined && { key }) };
    const added = await ledger.add(
      requests.map(({ requestId, request }) => acceptRequest(requestId, request, mover(), origin)),
    );
    for (const { added: isNew, entry } of added) {
      if (entry.state === 'accepted') await tickets.send(entry, 0);
      if (isNew) logMove(log, entry);
    }
  }

  function mover() {
    return { at: clock(), instance };
  }
}

import type { TicketTarget } from '../ledger/ledger.ts';
import type { Log } from '../platform/log.ts';

interface Deps {
  /** None where nothing is to be done: the message is recorded as a dead letter. */
  readonly openMessage: (received: unknown, messageId: string, log: Log) => Promise<readonly TicketTarget[]>;
  readonly perform: (target: TicketTarget, log: Log) => Promise<void>;
}

/**
 * Acts on one message of the queue `license-requests`, and on each request that it stands for. The host deletes the
 * message when this returns, and delivers it again when it throws: what ended by then is found stale.
 */
export function createTakeMessage({ openMessage, perform }: Deps) {
  return async (received: unknown, messageId: string, log: Log): Promise<void> => {
    const targets = await openMessage(received, messageId, log);
    const ends = await Promise.allSettled(
      [...byPerson(targets)].map(async (some) => {
        for (const target of some) await perform(target, log);
      }),
    );
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  };
}

/** People side by side; the requests of one person one after the other, where the first takes the others along. */
function byPerson(targets: readonly TicketTarget[]): Iterable<readonly TicketTarget[]> {
  const groups = new Map<string, TicketTarget[]>();
  for (const target of targets) {
    const group = groups.get(target.personKey) ?? [];
    groups.set(target.personKey, group);
    group.push(target);
  }
  return groups.values();
}

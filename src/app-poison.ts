import type { AuditTrail } from './audit/trail.ts';
import { QUEUES } from './contract/names.ts';
import type { createRecordHrPoison } from './hr/watch.ts';
import type { createLeaveForNewer } from './intake/leave-for-newer.ts';
import type { createOpenMessage } from './intake/open-message.ts';
import { createReadRequestPoison, toReceived } from './intake/read-poison.ts';
import { createRecordPoison } from './intake/record-poison.ts';
import { createSweepPoison, type PoisonReader } from './intake/sweep-poison.ts';
import type { Ledger, Tickets } from './ledger/ledger.ts';
import type { Clock } from './platform/clock.ts';
import type { Config } from './platform/config.ts';
import type { StorageClients } from './storage/clients.ts';
import { createPoisonQueue } from './storage/queues.ts';

interface Deps {
  readonly config: Config;
  readonly storage: StorageClients;
  readonly ledger: Ledger;
  readonly tickets: Tickets;
  readonly audit: AuditTrail;
  readonly openMessage: ReturnType<typeof createOpenMessage>;
  readonly orgIds: readonly string[];
  readonly leaveForNewer: ReturnType<typeof createLeaveForNewer>;
  readonly recordHrPoison: ReturnType<typeof createRecordHrPoison>;
  readonly clock: Clock;
  readonly instance: string;
}

/** What the Functions host gave up on, wired by hand: a part of `app.ts`. */
export function createPoisonApp(deps: Deps) {
  const { config, storage, ledger, tickets, audit, openMessage, clock, instance } = deps;
  const { leaveForNewer, recordHrPoison } = deps;
  const recordPoison = createRecordPoison({
    ...{ ledger, tickets, openMessage, audit },
    ...{ policy: config.retry, clock, instance },
  });
  const recordOrLeave = leaveForNewer(QUEUES.licenseRequests, (received, { id, insertedAt }, log) =>
    recordPoison(received, id, insertedAt ?? clock(), log),
  );
  const recordHrOrLeave = leaveForNewer(QUEUES.hrEvents, (received, _delivery, log) =>
    recordHrPoison(received, log),
  );
  const toReader = (name: string, reads: Pick<PoisonReader, 'take' | 'giveUp'>): PoisonReader => {
    return { name, queue: createPoisonQueue(storage, name), ...reads };
  };
  /** What it names is in the tables, and the sweep finds it there. */
  const namesOnly = (name: string): PoisonReader['take'] => {
    return async ({ delivery }, log) => log.warn('poison-dropped', { queue: name, messageId: delivery.id });
  };
  return createSweepPoison({
    readers: [
      toReader(
        QUEUES.licenseRequestsPoison,
        createReadRequestPoison({
          ...{ ledger, recordPoison: recordOrLeave },
          ...{ orgIds: deps.orgIds, clock, instance },
        }),
      ),
      toReader(QUEUES.hrEventsPoison, {
        take: ({ text, delivery }, log) => recordHrOrLeave(toReceived(text), delivery, log),
        giveUp: namesOnly(QUEUES.hrEventsPoison),
      }),
      toReader(QUEUES.inventoryRunsPoison, {
        take: namesOnly(QUEUES.inventoryRunsPoison),
        giveUp: namesOnly(QUEUES.inventoryRunsPoison),
      }),
    ],
    checkTables: () => ledger.read('reachable'),
    clock,
  });
}

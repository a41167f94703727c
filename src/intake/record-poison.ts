import { toAbandoned } from '../audit/abandoned.ts';
import type { AuditTrail } from '../audit/trail.ts';
import { decodeQueueMessage, type QueueMessage, toMessageText } from '../contract/queue-message.ts';
import { acceptDeadLetter, toRequestId } from '../ledger/accept.ts';
import { type Mover, moveEntry, type RequestFailure, type StoredEntry } from '../ledger/entry.ts';
import { CHANGED_MEANWHILE, type Ledger } from '../ledger/ledger.ts';
import { logMove } from '../ledger/log-move.ts';
import { isOpen } from '../ledger/states.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';

const WHY =
  'The Functions host delivered the message as often as it may, and each time it failed: see the log.';
const toGivenUp = (advice: string): RequestFailure => ({
  condition: 'host-gave-up',
  detail: `${WHY} ${advice}`,
});
const GIVEN_UP = toGivenUp('Redrive it once the reason is gone.');
const TEXT_GIVEN_UP = toGivenUp('Send its text anew once the reason is gone.');

/**
 * Records in the ledger what the host gave up on, since its poison queue keeps no reason and forgets after a
 * week: the requests of a ticket fail, but for those to which another ticket leads by now; any other message becomes a
 * dead letter of its own, with its text. Throws where an entry moved meanwhile, or somebody works on it, and the host
 * delivers the message again.
 */
export function createRecordPoison(deps: {
  ledger: Ledger;
  audit: AuditTrail;
  clock: Clock;
  instance: string;
}) {
  const { ledger, audit, clock, instance } = deps;
  return async (received: unknown, messageId: string, log: Log): Promise<void> => {
    const mover = { at: clock(), instance };
    const message = decodeQueueMessage(received);
    const targets = message.ok ? toTargets(message.value) : [];
    const found = await Promise.all(
      targets.map(async (target) => ({ target, entry: await ledger.read(target.requestId) })),
    );
    const known = found.flatMap(({ target, entry }) => (entry ? [{ target, entry }] : []));
    if (known.length === 0) {
      const text = toMessageText(received);
      const [dead] = await ledger.add([
        acceptDeadLetter(toRequestId(messageId, text), text, TEXT_GIVEN_UP, mover),
      ]);
      if (dead?.added) logMove(log, dead.entry);
      return;
    }
    const ends = await Promise.allSettled(
      known.map(async ({ target, entry }) => {
        const isStale = target.delivery !== undefined && target.delivery !== entry.delivery;
        if (isOpen(entry.state) && !isStale) await giveUp(entry, mover, log);
      }),
    );
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  };

  async function giveUp(entry: StoredEntry, mover: Mover, log: Log): Promise<void> {
    const { person } = await ledger.readPerson(entry.personKey);
    if (entry.state === 'working' && person?.turn && person.turn.until > mover.at) {
      throw new Error(
        `${entry.requestId} is being worked on: what it leads to is known when that turn is over`,
      );
    }
    const failed = moveEntry(entry, 'failed', mover, { failure: GIVEN_UP }, { detail: GIVEN_UP.condition });
    await audit.append(toAbandoned(entry, mover));
    if ((await ledger.replace(failed)) === CHANGED_MEANWHILE) {
      throw new Error(`${entry.requestId} moved while the host's giving up was recorded`);
    }
    logMove(log, failed, entry.state);
  }
}

function toTargets(
  message: QueueMessage,
): readonly { readonly requestId: string; readonly delivery?: number }[] {
  if (message.kind === 'ticket') return message.targets;
  const { requestId } = message.request;
  return requestId === undefined ? [] : [{ requestId }];
}

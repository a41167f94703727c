import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { findListedOrg } from '../check-request.ts';
import { type MessageNames, readNames } from '../queue-message.ts';
import { acceptDeadLetter, toRequestId } from '../record/accept.ts';
import { logMove } from '../record/log-move.ts';
import { toPersonKey } from '../record/person.ts';
import type { RequestFailure } from '../record/record.ts';
import type { RequestStore } from '../store.ts';

export interface BuryMessageDeps {
  readonly requestStore: Pick<RequestStore, 'addDeadLetter'>;
  readonly orgIds: readonly string[];
  readonly clock: Clock;
  readonly instance: string;
}

interface Message {
  readonly received: unknown;
  readonly text: string;
  readonly messageId: string;
}

/**
 * Records an unusable message as a dead letter. Its sender can find it by the requestId and the person of the
 * message, where they can be read, and by the id of the message.
 */
export async function buryMessage(
  { requestStore, orgIds, clock, instance }: BuryMessageDeps,
  { received, text, messageId }: Message,
  failure: RequestFailure,
  log: Log,
): Promise<void> {
  const names = readNames(received);
  const requestId = toRequestId(messageId, text);
  const mover = { at: clock(), instance };
  const record = acceptDeadLetter(requestId, text, failure, mover, toKey(names, orgIds));
  const known = [messageId, ...(names.requestId === undefined ? [] : [names.requestId])];
  const dead = await requestStore.addDeadLetter(record, known);
  if (dead.added) logMove(log, dead.record);
}

/** Undefined for a message without a person. */
function toKey({ person, orgId }: Partial<MessageNames>, orgIds: readonly string[]): string | undefined {
  if (person?.email === undefined && person?.personId === undefined) return undefined;
  return toPersonKey({ person, orgId: orgId && findListedOrg(orgId, orgIds) });
}

import type { Clock } from '../platform/clock.ts';
import type { FieldProblem } from '../platform/json.ts';
import type { Log } from '../platform/log.ts';
import { checkRequest, type SubmitRules } from './check-request.ts';
import { createBuryMessage } from './poison/bury-message.ts';
import type { WorkTarget } from './queue-message.ts';
import { decodeQueueMessage, readMessage, toMessageText, toNewerVersion } from './queue-message.ts';
import { acceptRequest, toFingerprint, toRequestId } from './record/accept.ts';
import { logMove } from './record/log-move.ts';
import type { RequestFailure } from './record/record.ts';
import type { RequestStore } from './store.ts';

interface Deps {
  readonly requestStore: Pick<RequestStore, 'add' | 'addDeadLetter'>;
  readonly orgIds: readonly string[];
  readonly ownOrg: SubmitRules['ownOrg'];
  readonly clock: Clock;
  readonly instance: string;
}

/**
 * Reads a message of the queue `license-requests`: a ticket leads to its entries, a dropped request becomes
 * one, once. What cannot be worked on becomes a dead letter at once, with the reason and its text.
 */
export function createOpenMessage({ requestStore, orgIds, ownOrg, clock, instance }: Deps) {
  const buryMessage = createBuryMessage({ requestStore, orgIds, clock, instance });
  return async (received: unknown, messageId: string, log: Log): Promise<readonly WorkTarget[]> => {
    const message = decodeQueueMessage(received);
    if (!message.ok) {
      const json = readMessage(received);
      const isNewer = json.ok && toNewerVersion(json.value) !== undefined;
      return bury(
        isNewer ? 'message-of-newer-version' : 'invalid-message',
        isNewer
          ? 'The message is of a version that this app does not know, and no newer instance took it: update the app, or correct the version, and submit it again.'
          : 'The message is not a license request: correct what is named here, and send it anew.',
        message.problems,
      );
    }

    if (message.value.kind === 'work') return message.value.targets;

    const checked = await checkRequest(message.value.request, { orgIds, ownOrg, now: clock() });
    if (!checked.ok)
      return bury(
        'invalid-message',
        'The license request is not accepted: correct what is named here, and submit it again.',
        checked.problems,
      );
    const request = checked.value;
    const requestId = request.requestId ?? toRequestId(messageId, toMessageText(received));
    const [added] = await requestStore.add(
      [acceptRequest(requestId, request, mover(), { channel: 'queue' })],
      'storage',
    );
    if (added === undefined) return [];
    if (added.record.fingerprint !== toFingerprint(request)) {
      return bury(
        'request-id-conflict',
        `The requestId ${requestId} is taken by another request: send it anew with an id of its own.`,
        [],
      );
    }
    if (added.added) logMove(log, added.record);
    // Delivered once more, the message is for the first look and no later one.
    return [{ requestId, personKey: added.record.personKey, fencingToken: 0 }];

    async function bury(
      condition: string,
      detail: string,
      errors: readonly FieldProblem[],
    ): Promise<readonly WorkTarget[]> {
      const failure: RequestFailure = { condition, detail, ...(errors.length > 0 && { errors }) };
      await buryMessage({ received, text: toMessageText(received), messageId }, failure, log);
      return [];
    }
  };

  function mover() {
    return { at: clock(), instance };
  }
}

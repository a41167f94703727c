import type { Clock } from '../platform/clock.ts';
import type { FieldProblem } from '../platform/json.ts';
import type { Log } from '../platform/log.ts';
import { checkRequest, type SubmitRules } from './check-request.ts';
import { buryMessage } from './poison/bury-message.ts';
import type { WorkTarget } from './queue-message.ts';
import { decodeQueueMessage, readMessage, toMessageText, toNewerVersion } from './queue-message.ts';
import { acceptRequest, toFingerprint, toRequestId } from './record/accept.ts';
import { logMove } from './record/log-move.ts';
import type { RequestStore } from './store.ts';

interface Deps {
  readonly requestStore: Pick<RequestStore, 'add' | 'addDeadLetter'>;
  readonly orgIds: readonly string[];
  readonly ownOrg: SubmitRules['ownOrg'];
  readonly clock: Clock;
  readonly instance: string;
}

const DETAILS = {
  'message-of-newer-version':
    'The message is of a version that this app does not know, and no newer instance handled it: update the app, or correct the version, and submit it again.',
  'invalid-message':
    'The message is not a license request: correct the fields that are named here, and submit it again.',
};
const NOT_ACCEPTED =
  'The license request is not accepted: correct the fields that are named here, and submit it again.';

/**
 * Reads a message of the queue `license-requests`: a work message names its requests, and a license request is added
 * to the store, once. Any other message becomes a dead letter with the reason and its text.
 */
export function createOpenMessage(deps: Deps) {
  const { requestStore, orgIds, ownOrg, clock, instance } = deps;
  return async function openMessage(
    received: unknown,
    messageId: string,
    log: Log,
  ): Promise<readonly WorkTarget[]> {
    const message = decodeQueueMessage(received);
    if (!message.ok) {
      const json = readMessage(received);
      const isNewer = json.ok && toNewerVersion(json.value) !== undefined;
      const condition = isNewer ? 'message-of-newer-version' : 'invalid-message';
      return bury(condition, DETAILS[condition], message.problems);
    }
    if (message.value.kind === 'work') return message.value.targets;

    const checked = await checkRequest(message.value.request, { orgIds, ownOrg, now: clock() });
    if (!checked.ok) return bury('invalid-message', NOT_ACCEPTED, checked.problems);
    const request = checked.value;
    const requestId = request.requestId ?? toRequestId(messageId, toMessageText(received));
    const mover = { at: clock(), instance };
    const accepted = acceptRequest(requestId, request, mover, { channel: 'queue' });
    const [added] = await requestStore.add([accepted], 'storage');
    if (added === undefined) return [];
    if (added.record.fingerprint !== toFingerprint(request))
      return bury(
        'request-id-conflict',
        `The requestId ${requestId} is taken by another request: submit it again with an id of its own.`,
      );
    if (added.added) logMove(log, added.record);
    // A second delivery of the message counts for the first attempt only.
    return [{ requestId, personKey: added.record.personKey, fencingToken: 0 }];

    async function bury(condition: string, detail: string, errors: readonly FieldProblem[] = []) {
      const failure = { condition, detail, ...(errors.length > 0 && { errors }) };
      await buryMessage(deps, { received, text: toMessageText(received), messageId }, failure, log);
      return [];
    }
  };
}

import { isTooDeep } from '../../platform/json.ts';
import type { Log } from '../../platform/log.ts';
import type { Delivery } from '../../platform/queue-delivery.ts';
import type { RequestFailure } from '../record/record.ts';
import { MOVED_TO_POISON_QUEUE } from '../record/redelivery-backoff.ts';
import { type BuryMessageDeps, buryMessage } from './bury-message.ts';
import type { PoisonMessage, PoisonReader } from './sweep-poison.ts';

interface Deps extends BuryMessageDeps {
  readonly recordPoison: (received: unknown, delivery: Delivery, log: Log) => Promise<void>;
}

const TOO_DEEP: RequestFailure = {
  condition: 'invalid-message',
  detail: 'The message is nested too deep to be a license request: correct it, and submit it again.',
};

/** Reads the poison queue of `license-requests`: requests wait again, other messages become dead letters. */
export function createReadRequestPoison({
  recordPoison,
  ...deps
}: Deps): Pick<PoisonReader, 'recover' | 'giveUp'> {
  return {
    async recover(message, log) {
      const received = toReceived(message.text);
      if (isTooDeep(received)) return bury(message, TOO_DEEP, log);
      await recordPoison(received, message.delivery, log);
    },
    giveUp: (message, log) => bury(message, MOVED_TO_POISON_QUEUE, log),
  };

  function bury({ delivery, text }: PoisonMessage, failure: RequestFailure, log: Log): Promise<void> {
    return buryMessage(deps, { received: toReceived(text), text, messageId: delivery.id }, failure, log);
  }
}

/**
 * A message as the Functions library passes it to a function: parsed where its text is JSON. The queue's XML has a
 * reference for a carriage return, which the SDK does not decode.
 */
export function toReceived(text: string): unknown {
  for (const spelled of [text, text.replaceAll('&#xD;', '\r')]) {
    try {
      return JSON.parse(spelled);
    } catch {}
  }
  return text;
}

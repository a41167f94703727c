import { isTooDeep } from '../../platform/json.ts';
import type { Log } from '../../platform/log.ts';
import type { Delivery } from '../../platform/queue-delivery.ts';
import type { RequestFailure } from '../record/record.ts';
import { HOST_GAVE_UP } from '../record/redelivery-backoff.ts';
import { type BuryMessageDeps, createBuryMessage } from './bury-message.ts';
import type { PoisonMessage, PoisonReader } from './sweep-poison.ts';

interface Deps extends BuryMessageDeps {
  readonly recordPoison: (received: unknown, delivery: Delivery, log: Log) => Promise<void>;
}

const TOO_DEEP: RequestFailure = {
  condition: 'invalid-message',
  detail: 'The message is nested too deep to be a license request: correct it, and send it again.',
};

/** Reads the poison queue of `license-requests`: each message leads to its requests, or is recorded as failed, with its text. */
export function createReadRequestPoison({
  recordPoison,
  ...deps
}: Deps): Pick<PoisonReader, 'take' | 'giveUp'> {
  const buryMessage = createBuryMessage(deps);
  return {
    async take(message, log) {
      const received = toReceived(message.text);
      if (isTooDeep(received)) return bury(message, TOO_DEEP, log);
      await recordPoison(received, message.delivery, log);
    },
    giveUp: (message, log) => bury(message, HOST_GAVE_UP, log),
  };

  function bury({ delivery, text }: PoisonMessage, failure: RequestFailure, log: Log): Promise<void> {
    return buryMessage({ received: toReceived(text), text, messageId: delivery.id }, failure, log);
  }
}

/**
 * A message as the Functions library hands it to a function: parsed where its text is JSON. The queue's XML has a
 * carriage return as a reference, which the SDK leaves as it is.
 */
export function toReceived(text: string): unknown {
  for (const spelled of [text, text.replaceAll('&#xD;', '\r')]) {
    try {
      return JSON.parse(spelled);
    } catch {}
  }
  return text;
}

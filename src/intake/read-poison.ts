import type { Delivery } from '../contract/delivery.ts';
import { isTooDeep } from '../contract/json.ts';
import { acceptDeadLetter, toRequestId } from '../ledger/accept.ts';
import type { RequestFailure } from '../ledger/entry.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { logMove } from '../ledger/log-move.ts';
import { HOST_GAVE_UP } from '../ledger/trouble.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { PoisonMessage, PoisonReader } from './sweep-poison.ts';

interface Deps {
  readonly ledger: Pick<Ledger, 'add'>;
  readonly recordPoison: (received: unknown, delivery: Delivery, log: Log) => Promise<void>;
  readonly clock: Clock;
  readonly instance: string;
}

const TOO_DEEP: RequestFailure = {
  condition: 'invalid-message',
  detail: 'The message is nested too deep to be a license request: correct it, and send it again.',
};

/** Reads the poison queue of `license-requests`: each message leads to its requests, or is recorded as failed, with its text. */
export function createReadRequestPoison({
  ledger,
  recordPoison,
  clock,
  instance,
}: Deps): Pick<PoisonReader, 'take' | 'giveUp'> {
  return {
    async take(message, log) {
      const received = toReceived(message.text);
      if (isTooDeep(received)) return bury(message, TOO_DEEP, log);
      await recordPoison(received, message.delivery, log);
    },
    giveUp: (message, log) => bury(message, HOST_GAVE_UP, log),
  };

  async function bury({ delivery, text }: PoisonMessage, failure: RequestFailure, log: Log): Promise<void> {
    const mover = { at: clock(), instance };
    const [dead] = await ledger.add([acceptDeadLetter(toRequestId(delivery.id, text), text, failure, mover)]);
    if (dead?.added) logMove(log, dead.entry);
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

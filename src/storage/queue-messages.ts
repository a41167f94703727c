import type { Messages } from '../intake/leave-for-newer.ts';
import type { StorageClients } from './clients.ts';
import { reach } from './reach.ts';

/** Characters that JSON may hold and XML may not: the service takes them, and may never deliver them. */
const NOT_OF_XML = /[\ufffe\uffff]/g;

/** Sends the text of a message to any queue. */
export function createQueueMessages(storage: StorageClients): Messages {
  return {
    async send(name, text, { delayMs, ttlMs }) {
      const queue = await storage.queue(name);
      const escaped = text.replace(NOT_OF_XML, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
      await reach(
        'messages.send',
        () => queue.createIfNotExists(),
        () =>
          queue.sendMessage(escaped, {
            visibilityTimeout: Math.ceil(delayMs / 1_000),
            messageTimeToLive: Math.ceil(ttlMs / 1_000),
          }),
      );
    },
  };
}

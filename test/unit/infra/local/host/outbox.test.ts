import { setImmediate as endOfTurn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { createOutbox } from '../../../../../infra/local/host/outbox.ts';

function start() {
  const written: (readonly string[])[] = [];
  return { written, ...createOutbox<string>((messages) => void written.push(messages)) };
}

describe('messages between the local host and its worker', () => {
  test('go together where they are sent in one turn of the event loop, in their order', async () => {
    const { written, send } = start();
    send('first');
    await Promise.resolve();
    send('second');
    expect(written).toEqual([]);
    await endOfTurn();
    send('third');
    await endOfTurn();
    expect(written).toEqual([['first', 'second'], ['third']]);
  });

  test('go at once, and only once, where the process is about to end', async () => {
    const { written, send, flush } = start();
    send('last');
    flush();
    expect(written).toEqual([['last']]);
    await endOfTurn();
    flush();
    expect(written).toEqual([['last']]);
  });
});

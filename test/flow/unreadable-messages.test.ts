import { describe, expect, test } from '@jest/globals';
import { until } from './until.ts';
import { useApp } from './use-app.ts';
import { createHttp, dryRun } from './use-http.ts';

/** Messages with a mistake: kept as dead letters, and found by each of their names. */
const { stack, queue } = useApp();
const { ask } = createHttp(stack);

describe('a message with a mistake', () => {
  const read = (id: string) => ask(`/license-requests/${encodeURIComponent(id)}`, { method: 'GET' });
  const drop = async (message: unknown) => {
    const { messageId } = await queue().sendMessage(
      typeof message === 'string' ? message : JSON.stringify(message),
    );
    await until('its dead letter', async () => (await read(messageId)).status === 200 || undefined);
    return messageId;
  };
  const listed = async (person: string) => {
    const { body } = await ask(`/license-requests?person=${encodeURIComponent(person)}`, { method: 'GET' });
    return body.items.map(({ requestId }: { requestId: string }) => requestId);
  };

  test('is found by its own id, by that of its message, and by its person', async () => {
    const messageId = await drop({
      ...dryRun('typo-1', { person: { email: 'Typo@Example.com' } }),
      licences: [],
    });
    const { body } = await read(messageId);
    expect(body).toMatchObject({ state: 'failed', failure: { condition: 'invalid-message' } });
    expect(body.requestId).toMatch(/^msg-/);
    expect((await read('typo-1')).body).toEqual(body);
    expect(await listed('typo@example.com')).toEqual([body.requestId]);
    const redriven = await ask('/license-requests/typo-1/redrive');
    expect(redriven).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('could not be read') },
    });
  });

  test('takes no id: corrected, it is the request of that id', async () => {
    const person = {
      personId: 'Y2lzY29zcGFyazovL3VzL1BFT1BMRS9hYWFhYWFhYS1iYmJiLTRjY2MtOGRkZC1lZWVlZWVlZWVlZWU',
    };
    const first = await drop({ ...dryRun('typo-2', { person }), licenses: 'none', reason: 'half \ud83d' });
    const second = await drop({ ...dryRun('typo-2', { person }), dryRun: 'yes' });
    // The latest, until there is a request.
    expect((await read('typo-2')).body).toEqual((await read(second)).body);
    expect(new Set(await listed(person.personId))).toEqual(
      new Set([(await read(first)).body.requestId, (await read(second)).body.requestId]),
    );
    expect((await ask('/license-requests', {}, JSON.stringify(dryRun('typo-2', { person })))).status).toBe(
      202,
    );
    expect((await read('typo-2')).body.requestId).toBe('typo-2');
  });

  test('is found by its message alone where nothing else can be read', async () => {
    for (const message of ['no JSON', '7', '[]', '{"requestId":"a b","person":{"email":"none"}}']) {
      const messageId = await drop(message);
      expect((await read(messageId)).body).toMatchObject({ state: 'failed' });
    }
    expect((await read('a b')).status).toBe(404);
    expect((await read('!typo-1')).status).toBe(404);
  });
});

import { expect, test } from '@jest/globals';
import type { Delivery } from '../../../src/platform/queue-delivery.ts';
import { createLeaveForNewer } from '../../../src/requests/leave-for-newer.ts';

const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;
const start = Date.parse('2026-11-24T12:00:00Z');
const silent = { info: () => undefined, warn: () => undefined };

/** A queue that only old instances read: each message that is put back comes again when it is visible. */
async function deliver(received: unknown, first: Partial<Delivery> = {}) {
  let now = start;
  const handled: unknown[] = [];
  const sent: { text: string; delayMs: number; ttlMs: number }[] = [];
  const messages = {
    async send(_queue: string, text: string, times: { delayMs: number; ttlMs: number }) {
      sent.push({ text, ...times });
    },
  };
  const leaveForNewer = createLeaveForNewer({ messages, clock: () => new Date(now) });
  const take = leaveForNewer('license-requests', async (message) => handled.push(message));
  let delivery: Delivery = {
    id: 'm',
    insertedAt: new Date(start),
    expiresAt: new Date(start + WEEK_MS),
    ...first,
  };
  await take(received, delivery, silent);
  for (let last = sent.at(-1); last && handled.length === 0 && sent.length < 500; last = sent.at(-1)) {
    delivery = { id: 'm', insertedAt: new Date(now), expiresAt: new Date(now + last.ttlMs) };
    now += last.delayMs;
    await take(JSON.parse(last.text), delivery, silent);
  }
  return { handled, sent, tookMs: now - start };
}

test('a message of this version is handled at once', async () => {
  const { handled, sent } = await deliver({ version: 1, person: {} });
  expect([handled.length, sent.length]).toEqual([1, 0]);
});

test.each<[string, Partial<Delivery>]>([
  ['a week', {}],
  ['for ever', { expiresAt: new Date('9999-12-31T23:59:59Z') }],
  ['nobody knows how long', { insertedAt: undefined, expiresAt: undefined }],
])(
  'a message of a newer version that lives for %s is put back for a day, less and less often',
  async (_what, first) => {
    const message = { version: 2, persons: ['ada@example.com'] };
    const { handled, sent, tookMs } = await deliver(message, first);
    expect(handled).toEqual([message]);
    expect(new Set(sent.map(({ text }) => text))).toEqual(new Set([JSON.stringify(message)]));
    expect(sent.map(({ delayMs }) => delayMs).slice(0, 5)).toEqual([
      30_000, 30_000, 60_000, 120_000, 240_000,
    ]);
    expect(sent.length).toBeLessThan(50);
    expect(tookMs).toBeGreaterThan(23 * HOUR_MS);
    expect(tookMs).toBeLessThan(25 * HOUR_MS);
    expect(Math.min(...sent.map(({ ttlMs }) => ttlMs))).toBeGreaterThan(WEEK_MS);
  },
);

test('a message of a newer version that expires soon is put back only until then', async () => {
  const { handled, tookMs } = await deliver({ version: 3 }, { expiresAt: new Date(start + HOUR_MS) });
  expect(handled).toHaveLength(1);
  expect(tookMs).toBeLessThanOrEqual(HOUR_MS);
});

test('a message that hides when it was sent is handled at once', async () => {
  const { handled, sent } = await deliver({ version: 2, ExpirationTime: 'x' });
  expect([handled.length, sent.length]).toEqual([1, 0]);
});

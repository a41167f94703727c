import { beforeEach, describe, expect, test } from '@jest/globals';
import { licenseRequestSchema } from '../../../../src/requests/license-request.ts';
import { acceptRequest } from '../../../../src/requests/record/accept.ts';
import { toFailure } from '../../../../src/webex/errors/failure.ts';
import { createPermits, type Permits } from '../../../../src/worker/attempt/permit.ts';
import { createOpenRateLimiter } from '../open-rate-limiter.ts';

let nowMs: number;
let permits: Permits;
beforeEach(() => {
  nowMs = Date.parse('2026-11-24T12:00:00Z');
  const clock = () => new Date(nowMs);
  permits = createPermits({ rateLimiter: createOpenRateLimiter(clock), clock });
});

function toRecord(person: string, orgId?: string) {
  const request = licenseRequestSchema.parse({
    person: { email: `${person}@example.com` },
    ...(orgId && { orgId }),
    licenses: [{ license: 'x' }],
  });
  const accepted = acceptRequest('a', request, { at: new Date(nowMs), instance: 'i' });
  return { ...accepted, personKey: person, version: '' };
}

const refusedPerson = { failure: toFailure({ status: 403, body: '' }, 'person'), isServed: false };
const refusedOrganization = {
  failure: toFailure({ status: 403, body: '' }, 'organization'),
  isServed: false,
};
const served = { failure: undefined, isServed: true };
const refuse = (...people: string[]) => {
  for (const person of people) permits.note(toRecord(person), refusedPerson);
};
const untilMs = async (orgId?: string) => (await permits.acquire(toRecord('grace', orgId)))?.until.getTime();

describe('an organization', () => {
  test('is not held back for one person who is refused, however often', async () => {
    refuse('ada', 'ada', 'ada', 'ada', 'alan', 'ada');
    expect(await untilMs()).toBeUndefined();
  });

  test('is not held back for several who are refused while others are served', async () => {
    for (const person of ['ada', 'alan', 'vint', 'robin', 'kay']) {
      refuse(person);
      permits.note(toRecord('john'), served);
    }
    expect(await untilMs()).toBeUndefined();
  });

  test('is held back where several people are refused one after the other, and the others are not', async () => {
    refuse('ada', 'alan', 'vint');
    expect(await untilMs()).toBe(nowMs + 5_000);
    expect(await untilMs('other')).toBeUndefined();
  });

  test('that is held back is probed by one request at a time, less and less often, until a person is served', async () => {
    refuse('ada', 'alan', 'vint');
    for (const holdMs of [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]) {
      nowMs += holdMs - 1;
      expect(await untilMs()).toBe(nowMs + 1);
      nowMs += 1;
      expect(await untilMs()).toBeUndefined();
      expect(await untilMs()).toBeGreaterThan(nowMs);
      refuse('robin');
    }
    nowMs += 300_000;
    expect(await untilMs()).toBeUndefined();
    permits.note(toRecord('john'), served);
    expect(await untilMs()).toBeUndefined();
    expect(await untilMs()).toBeUndefined();
  });

  test('that is refused itself is held back alone, until it can be read again', async () => {
    permits.note(toRecord('ada', 'mistyped'), refusedOrganization);
    expect(await untilMs('mistyped')).toBe(nowMs + 300_000);
    expect(await untilMs()).toBeUndefined();
    nowMs += 300_000;
    expect(await untilMs('mistyped')).toBeUndefined();
    permits.note(toRecord('ada', 'mistyped'), { failure: undefined, isServed: false });
    expect(await untilMs('mistyped')).toBeUndefined();
  });

  test('is not held back for a 5xx, a rate limit, or an unknown person', async () => {
    for (const status of [404, 429, 503])
      for (const person of ['ada', 'alan', 'vint', 'robin'])
        permits.note(toRecord(person), {
          failure: toFailure({ status, body: '' }, 'person'),
          isServed: false,
        });
    expect(await untilMs()).toBeUndefined();
  });
});

describe('a permit', () => {
  test.each([
    ['a request that was just accepted', 0, undefined, 'interactive'],
    ['one that was accepted minutes ago', -180_000, undefined, 'bulk'],
    ['one that takes effect now, and was accepted days ago', -3 * 86_400_000, -30_000, 'interactive'],
    ['one that took effect minutes ago', -3 * 86_400_000, -180_000, 'bulk'],
    ['one with a day in the past that was just accepted', 0, -3 * 86_400_000, 'interactive'],
  ])('of %s is asked for as it should be', async (_case, acceptedMs, effectiveMs, urgency) => {
    const asked: string[] = [];
    const rateLimiter = {
      ready: async (one: string) => void asked.push(one),
      pause: () => {},
    };
    const request = licenseRequestSchema.parse({
      person: { email: 'ada@example.com' },
      licenses: [{ license: 'x' }],
      ...(effectiveMs !== undefined && { effectiveAt: new Date(nowMs + effectiveMs).toISOString() }),
    });
    const accepted = acceptRequest('a', request, { at: new Date(nowMs + acceptedMs), instance: 'i' });
    const permits = createPermits({ rateLimiter, clock: () => new Date(nowMs) });
    expect(await permits.acquire({ ...accepted, version: '' })).toBeUndefined();
    expect(asked).toEqual([urgency]);
  });
});

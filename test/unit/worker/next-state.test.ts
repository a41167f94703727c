import { describe, expect, test } from '@jest/globals';
import { licenseRequestSchema } from '../../../src/requests/license-request.ts';
import { acceptRequest } from '../../../src/requests/record/accept.ts';
import type { ItemResult } from '../../../src/requests/record/item-result.ts';
import type { RequestRecord } from '../../../src/requests/record/record.ts';
import { toFailure } from '../../../src/webex/errors/failure.ts';
import { decideNextState, type RequestEnd } from '../../../src/worker/next-state.ts';

const now = new Date('2026-11-24T12:00:00Z');
const request = licenseRequestSchema.parse({
  person: { email: 'a@b.co' },
  licenses: [{ license: 'x' }, { license: 'y' }],
});
const record = {
  ...acceptRequest('r', request, { at: now, instance: 'i' }),
  attempts: 3,
  fencingToken: 2,
  personChecks: 1,
};
const assigned: ItemResult = { result: 'assigned' };
const failed: ItemResult = { result: 'failed', condition: 'c', detail: 'd' };
const wanted: ItemResult = { result: 'wanted' };
const end = (...results: ItemResult[]) => ({ results, personId: 'p', mayHaveApplied: false });
const HOUR_MS = 3_600_000;
const policy = { baseMs: 5_000, horizonMs: 72 * HOUR_MS, personNotFoundDelaysMs: [5_000] };
const GIVEN_UP = { waitedMs: { 'person-not-found': 72 * HOUR_MS } };
const decide = (from: RequestRecord, to: RequestEnd, more: Partial<RequestRecord> = {}) =>
  decideNextState({ ...from, ...more }, to, { now, random: () => 1, policy });
const trouble = toFailure({ status: 503, body: '', trackingId: 't' }, 'person');
const missing = toFailure({ status: 404, body: '' }, 'person');

describe('an attempt', () => {
  test.each<[string, ItemResult[]]>([
    ['succeeded', [assigned, { result: 'removed' }]],
    ['succeeded', [{ result: 'pending' }, { result: 'planned' }]],
    ['partial', [assigned, failed]],
    ['failed', [failed, failed]],
  ])('ends %s by its results', (state, results) => {
    const next = decide(record, end(...results));
    expect(next.state).toBe(state);
    expect(next.change.failure).toEqual(state === 'succeeded' ? undefined : { condition: 'c', detail: 'd' });
    expect(next.change.personId).toBe('p');
  });

  test('that waits for somebody else is none, and the next delivery is another', () => {
    const { state, change, evidence } = decide(record, { ...end(wanted, wanted), failure: missing });
    expect(state).toBe('waiting');
    expect(change).toMatchObject({
      attempts: 2,
      fencingToken: 3,
      personChecks: 2,
      waitedMs: { 'person-not-found': 5_000 },
      waiting: { for: 'person-not-found', until: new Date(now.getTime() + 5_000) },
    });
    expect(evidence).toEqual({ detail: 'person-not-found', status: 404 });
  });

  test('in trouble counts, and keeps what is settled', () => {
    const { change, evidence } = decide(record, {
      ...end(assigned, wanted),
      mayHaveApplied: true,
      failure: trouble,
    });
    expect(change).toMatchObject({
      attempts: 3,
      personChecks: 1,
      mayHaveApplied: true,
      results: [assigned, wanted],
    });
    expect(evidence).toEqual({ detail: 'webex-unavailable', status: 503, trackingId: 't' });
  });

  test('that is given up fails what was still wanted, with the reason, and nothing else', () => {
    const { state, change } = decide(record, { ...end(assigned, wanted), failure: missing }, GIVEN_UP);
    expect(state).toBe('partial');
    expect(change.results).toMatchObject([assigned, { result: 'failed', condition: 'person-not-found' }]);
    expect(change.failure?.detail).toContain('check the directory');
  });

  test('that waits for a seat has all its retries left, however long it has waited', () => {
    const waited = { ...record, waitedMs: { 'person-not-found': 3_600_000 } };
    const { state, change } = decide(waited, end({ result: 'wanted', seatsOf: ['L'] }));
    expect(state).toBe('waiting');
    expect(change).toMatchObject({ waiting: { for: 'no-seats', licenseIds: ['L'] }, waitedMs: {} });
  });

  test('names the call that it made, and not the one of an earlier attempt', () => {
    const before: ItemResult = { result: 'assigned', trackingId: 'EARLIER', code: 700006 };
    const redriven = { ...record, results: [before, wanted] };
    const done = decide(redriven, end(before, { result: 'assigned', trackingId: 'OWN' }));
    expect(done.evidence).toEqual({ trackingId: 'OWN' });
  });

  describe('for a person whom Webex does not know', () => {
    const removal = licenseRequestSchema.parse({
      person: { email: 'a@b.co' },
      licenses: [{ license: 'x', operation: 'remove' }, { license: 'y' }],
    });
    const removing = { ...record, request: removal, personChecks: 0 };
    const only = { ...removing, request: { ...removal, licenses: removal.licenses.slice(0, 1) } };
    const ended = (more: object = {}, ...results: ItemResult[]) => ({
      ...end(...results),
      personId: undefined,
      failure: missing,
      ...more,
    });

    test('who was known before, a removal is done, and says why', () => {
      const { state, change } = decide(only, ended({ wasKnown: true }, wanted));
      expect(state).toBe('succeeded');
      expect(change.results).toMatchObject([
        {
          result: 'removed',
          changed: false,
          condition: 'person-not-found',
          detail: expect.stringMatching(/nothing to remove/),
        },
      ]);
    });

    test('who was not known before, a removal is looked at once more', () => {
      expect(decide(only, ended({ wasKnown: false }, wanted)).state).toBe('waiting');
      const again = { ...only, personChecks: 1 };
      expect(decide(again, ended({ wasKnown: false }, wanted)).state).toBe('succeeded');
    });

    test('whose lease could not be acquired, a removal waits: its decision could not be remembered', () => {
      const again = { ...only, personChecks: 1 };
      expect(decide(again, ended({}, wanted)).state).toBe('waiting');
    });

    test('by an id that was learned for the address, a removal asks by the address first', () => {
      const learned = { ...only, personId: 'OLD' };
      const { state, change } = decide(learned, ended({ wasKnown: true }, wanted));
      expect(state).toBe('waiting');
      expect(change.personId).toBeUndefined();
    });

    test('a removal waits beside an add, and is done once the add is given up', () => {
      const both = ended({ wasKnown: true }, wanted, wanted);
      const waiting = decide(removing, both);
      expect(waiting.state).toBe('waiting');
      expect(waiting.change.results).toMatchObject([{ result: 'wanted' }, { result: 'wanted' }]);
      const { state, change } = decide(removing, both, GIVEN_UP);
      expect(state).toBe('partial');
      expect(change.results).toMatchObject([{ result: 'removed' }, { result: 'failed' }]);
    });
  });
});

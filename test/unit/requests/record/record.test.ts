import { describe, expect, test } from '@jest/globals';
import { licenseRequestSchema } from '../../../../src/requests/license-request.ts';
import {
  acceptDeadLetter,
  acceptRequest,
  toFingerprint,
  toRequestId,
} from '../../../../src/requests/record/accept.ts';
import { toDueAt } from '../../../../src/requests/record/due.ts';
import {
  IllegalTransition,
  moveRequest,
  type RequestRecord,
} from '../../../../src/requests/record/record.ts';
import { FINAL_STATES, isLegal, OPEN_STATES, type State } from '../../../../src/requests/record/states.ts';

const at = new Date('2026-11-24T12:00:00Z');
const mover = { at, instance: 'one' };
const request = licenseRequestSchema.parse({
  person: { email: 'ada@example.com' },
  licenses: [{ license: 'x' }],
});
const later = (seconds: number) => new Date(at.getTime() + seconds * 1_000);

describe('the table of transitions', () => {
  const legal: Readonly<Record<State, string>> = {
    accepted: 'cancelled failed queued superseded waiting working',
    scheduled: 'cancelled failed queued superseded waiting working',
    queued: 'cancelled failed queued superseded waiting working',
    working: 'failed partial queued succeeded superseded waiting working',
    waiting: 'cancelled failed queued superseded waiting working',
    succeeded: '',
    partial: 'queued',
    failed: 'queued',
    superseded: '',
    cancelled: '',
  };
  const states = [...OPEN_STATES, ...FINAL_STATES];

  test.each(states)('lets %s go only where it may', (from) => {
    const allowed = states.filter((to) => isLegal(from, to)).sort();
    expect(allowed.join(' ')).toBe(legal[from]);
  });

  const pairs = states.flatMap((from) => states.map((to) => ({ from, to, may: isLegal(from, to) })));
  test.each(pairs)('moves $from to $to: $may', ({ from, to, may }) => {
    const record = { ...acceptRequest('a', request, mover), state: from };
    const evidence = { status: 503, codes: [7], trackingId: 't', detail: 'd' };
    const move = () => moveRequest(record, to, { at: later(1), instance: 'two' }, { attempts: 3 }, evidence);
    if (may) {
      expect(move().history.at(-1)).toEqual({
        at: later(1),
        state: to,
        instance: 'two',
        attempt: 3,
        ...evidence,
      });
    } else expect(move).toThrow(expect.objectContaining({ name: 'IllegalTransition', from, to }));
  });
});

describe('an entry', () => {
  test('begins accepted, or scheduled where it takes effect later', () => {
    expect(acceptRequest('a', request, mover).state).toBe('accepted');
    const scheduled = acceptRequest('a', { ...request, effectiveAt: '2026-12-01T08:00:00Z' }, mover);
    expect(scheduled.state).toBe('scheduled');
    expect(toDueAt(scheduled)).toEqual(new Date('2026-12-01T08:00:00Z'));
    expect(acceptRequest('a', { ...request, effectiveAt: '2026-11-01T08:00:00Z' }, mover).state).toBe(
      'accepted',
    );
  });

  test('keeps each move in its history, and no reason longer than its state', () => {
    const accepted = acceptRequest('a', request, mover);
    const working = moveRequest(accepted, 'working', mover, { attempts: 1 });
    const waiting = moveRequest(working, 'waiting', mover, {
      waiting: { for: 'rate-limited', until: later(5) },
    });
    const again = moveRequest(waiting, 'working', { at: later(5), instance: 'two' });
    expect(waiting.waiting?.for).toBe('rate-limited');
    expect(again.waiting).toBeUndefined();
    expect(again.history.map(({ state, instance }) => `${state} ${instance}`)).toEqual([
      'accepted one',
      'working one',
      'waiting one',
      'working two',
    ]);
  });

  test('is not moved against the table', () => {
    const failed = acceptDeadLetter('a', 'text', { condition: 'invalid-message', detail: '' }, mover);
    expect(() => moveRequest(failed, 'working', mover)).toThrow(IllegalTransition);
  });

  test('keeps the beginning and the end of a long history', () => {
    let record = acceptRequest('a', request, mover);
    for (let round = 0; round < 200; round += 1)
      record = moveRequest(record, 'queued', { at: later(round), instance: 'one' });
    expect(record.history).toHaveLength(60);
    expect(record.history[0]?.state).toBe('accepted');
    expect(record.history.at(-1)?.at).toEqual(later(199));
  });

  test('has one event with a count where it waits for the same reason again and again', () => {
    const waitOnce = (record: RequestRecord, round: number, reason: 'no-seats' | 'paused', attempts = 0) => {
      const instance = `i${round}`;
      const queued = moveRequest(record, 'queued', { at: later(round), instance }, {}, { detail: 'due' });
      const working = moveRequest(
        queued,
        'working',
        { at: later(round), instance },
        { attempts: attempts + 1 },
      );
      const waiting = { for: reason, until: later(round + 1) };
      const evidence = { detail: reason, trackingId: `t${round}` };
      return moveRequest(working, 'waiting', { at: later(round), instance }, { waiting, attempts }, evidence);
    };
    const accepted: RequestRecord = acceptRequest('a', request, mover);
    const seats = [1, 2, 3, 4].reduce((record, round) => waitOnce(record, round, 'no-seats'), accepted);
    const [, queued, working, waiting, ...none] = seats.history;
    expect([queued?.state, working?.state, none]).toEqual(['queued', 'working', []]);
    expect(waiting).toMatchObject({
      at: later(1),
      count: 4,
      lastAt: later(4),
      trackingId: 't4',
      instance: 'i4',
    });

    const paused = waitOnce(seats, 5, 'paused');
    expect(paused.history.slice(-3).map(({ state }) => state)).toEqual(['queued', 'working', 'waiting']);
    expect(paused.history.at(-1)).not.toHaveProperty('count');
    // Each attempt at Webex has its own evidence.
    const tried = waitOnce(waitOnce(accepted, 1, 'paused', 1), 2, 'paused', 2);
    expect(tried.history.filter(({ state }) => state === 'waiting')).toHaveLength(2);
    // So has what a person did.
    const redriven = moveRequest(seats, 'queued', mover, {}, { by: { channel: 'http' } });
    expect(waitOnce(redriven, 6, 'no-seats').history.at(-1)).not.toHaveProperty('count');
  });

  test('is due by its state; once it is final, when it was kept for long enough', () => {
    const accepted = acceptRequest('a', request, mover);
    const working = moveRequest(accepted, 'working', mover);
    const waitingFor = (seconds: number) =>
      moveRequest(working, 'waiting', mover, { waiting: { for: 'paused', until: later(seconds) } });
    expect(toDueAt(accepted)).toEqual(later(120));
    expect(toDueAt(working)).toEqual(later(60));
    // Its message may be late.
    expect(toDueAt(waitingFor(60))).toEqual(later(180));
    // It has no message.
    expect(toDueAt(waitingFor(61))).toEqual(later(61));
    expect(toDueAt(moveRequest(working, 'succeeded', mover))).toBeUndefined();
  });
});

describe('the id of a message without one', () => {
  test('is the same at each delivery, and another for another message', () => {
    expect(toRequestId('m1', 'text')).toBe(toRequestId('m1', 'text'));
    expect(toRequestId('m1', 'text')).not.toBe(toRequestId('m2', 'text'));
    expect(toRequestId('m1', 'text')).not.toBe(toRequestId('m1', 'other'));
  });
});

describe('the fingerprint of a request', () => {
  test('leaves out its id and its trace, and nothing else', () => {
    const same = { ...request, requestId: 'b', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
    expect(toFingerprint(same)).toBe(toFingerprint(request));
    expect(toFingerprint({ ...request, dryRun: true })).not.toBe(toFingerprint(request));
  });
});

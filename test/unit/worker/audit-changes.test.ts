import { describe, expect, test } from '@jest/globals';
import { toAbandoned } from '../../../src/requests/abandoned-changes.ts';
import { licenseRequestSchema } from '../../../src/requests/license-request.ts';
import { acceptRequest } from '../../../src/requests/record/accept.ts';
import type { ItemResult } from '../../../src/requests/record/item-result.ts';
import { moveRequest, type RequestRecord } from '../../../src/requests/record/record.ts';
import { redriveRecord } from '../../../src/requests/record/redrive-record.ts';
import type { State } from '../../../src/requests/record/states.ts';
import { toAuditChanges } from '../../../src/worker/audit-changes.ts';
import type { Seen } from '../../../src/worker/plan/holdings.ts';

const mover = { at: new Date('2026-11-24T12:00:00Z'), instance: 'one' };
const ask = (operation: 'add' | 'remove', more: object = {}) =>
  licenseRequestSchema.parse({
    person: { email: 'ada@example.com' },
    licenses: [{ license: 'Messaging', operation }],
    source: 'cli',
    reason: 'joiner',
    ...more,
  });
const begin = (request = ask('add'), requestId = 'r', more: Partial<RequestRecord> = {}): RequestRecord => ({
  ...moveRequest(
    acceptRequest(requestId, request, mover, { channel: 'http', key: '0a1b2c3d' }),
    'working',
    mover,
    {
      attempts: 1,
    },
  ),
  ...more,
});
const UNSEEN: Seen = { holdings: undefined, names: new Map([['id-1', { name: 'Messaging of Webex' }]]) };
const seen = (...licenses: string[]): Seen => ({
  ...UNSEEN,
  holdings: { personId: 'p', licenses, pendingLicenses: [], sites: [], pendingSites: [] },
});
function end(record: RequestRecord, result: ItemResult, state: State = 'succeeded', mayHaveApplied = false) {
  const next = moveRequest(record, state, mover, { results: [result], personId: 'p', mayHaveApplied });
  return { record, results: [result], next };
}
const interrupted = { mayHaveApplied: true };
const assigned: ItemResult = { result: 'assigned', licenseId: 'id-1', trackingId: 't' };
const removed: ItemResult = { result: 'removed', licenseId: 'id-1', trackingId: 't' };

describe('what an attempt changed', () => {
  test('says who asked, why, for whom, what, and how it is known', () => {
    expect(toAuditChanges([end(begin(), assigned)], UNSEEN, 'two')).toEqual([
      {
        requestId: 'r',
        asked: { channel: 'http', key: '0a1b2c3d', source: 'cli', reason: 'joiner' },
        person: { email: 'ada@example.com', personId: 'p' },
        operation: 'add',
        license: { id: 'id-1', name: 'Messaging of Webex' },
        known: 'changed',
        before: 'unknown',
        after: 'held',
        attempt: 1,
        instance: 'two',
        trackingId: 't',
      },
    ]);
  });

  test('says who had it tried again', () => {
    const failed = moveRequest(begin(), 'failed', mover);
    const redriven = redriveRecord(failed, mover, { channel: 'http', key: '77aa01bc' });
    const working = moveRequest(redriven, 'working', mover);
    expect(toAuditChanges([end(working, assigned)], UNSEEN, 'two')).toMatchObject([
      { asked: { key: '0a1b2c3d', redrivenBy: { channel: 'http', key: '77aa01bc' } } },
    ]);
  });

  const wanted: ItemResult = { result: 'wanted', licenseId: 'id-1' };
  const failed: ItemResult = { result: 'failed', condition: 'c', licenseId: 'id-1' };
  const superseded: ItemResult = { result: 'superseded', by: 'x', licenseId: 'id-1' };
  const unlike = (result: ItemResult): ItemResult => ({ ...result, changed: false });
  type Row = [string, Parameters<typeof toAuditChanges>[0][number], Seen, string];
  test.each<Row>([
    ['an assignment of what was seen missing', end(begin(), assigned), seen(), 'changed not-held held'],
    ['a removal', end(begin(ask('remove')), removed), seen('id-1'), 'changed held not-held'],
    [
      'what somebody must accept',
      end(begin(), { ...assigned, result: 'pending' }),
      UNSEEN,
      'changed unknown pending',
    ],
    ['what was so before', end(begin(), unlike(assigned)), seen('id-1'), ''],
    [
      'what is found after an interruption',
      end(begin(undefined, 'r', interrupted), unlike(assigned)),
      seen('id-1'),
      'found-after-interruption unknown held',
    ],
    [
      'what is implicit',
      end(begin(undefined, 'r', interrupted), { ...unlike(assigned), condition: 'implicit-license' }),
      seen(),
      '',
    ],
    [
      'what is changed after an interruption',
      end(begin(undefined, 'r', interrupted), assigned),
      seen(),
      'changed not-held held',
    ],
    ['what failed', end(begin(), failed, 'failed'), UNSEEN, ''],
    [
      'what failed after an interruption, and was not there',
      end(begin(undefined, 'r', interrupted), failed, 'failed'),
      seen(),
      '',
    ],
    [
      'what failed after an interruption, and nobody looked',
      end(begin(undefined, 'r', interrupted), failed, 'failed'),
      UNSEEN,
      'unknown unknown unknown',
    ],
    [
      'what was overruled after an interruption, and is there',
      end(begin(undefined, 'r', interrupted), superseded, 'superseded'),
      seen('id-1'),
      'found-after-interruption unknown held',
    ],
    ['what waits', end(begin(), wanted, 'waiting', true), UNSEEN, ''],
    [
      'what is given up without an answer',
      end(begin(), wanted, 'failed', true),
      seen(),
      'unknown not-held unknown',
    ],
    [
      'what did not stand',
      end(begin(), { ...wanted, condition: 'conflicting-change', trackingId: 't' }, 'waiting', true),
      seen(),
      'did-not-stand not-held not-held',
    ],
    [
      'a dry run',
      end(begin(ask('add', { dryRun: true }), 'r', interrupted), unlike(assigned)),
      seen('id-1'),
      '',
    ],
  ])('has %s as it should', (_what, attempted, known, expected) => {
    const told = toAuditChanges([attempted], known, 'two').map(
      (one) => `${one.known} ${one.before} ${one.after}`,
    );
    expect(told.join()).toBe(expected);
  });

  test('is one change, however many asked for it: the newest has it', () => {
    const early = begin(ask('add', { effectiveAt: '2026-11-01T00:00:00Z' }), 'early');
    const late = begin(ask('add', { effectiveAt: '2026-11-02T00:00:00Z' }), 'late');
    const changes = toAuditChanges([end(early, assigned), end(late, assigned)], UNSEEN, 'two');
    expect(changes.map(({ requestId, alsoFor }) => ({ requestId, alsoFor }))).toEqual([
      { requestId: 'late', alsoFor: ['early'] },
    ]);
  });

  test('is told of sites too, and not of what was settled by an attempt before', () => {
    const request = ask('add', { siteUrls: [{ siteUrl: 'acme.webex.com' }] });
    const record = begin(request, 'r', { results: [assigned, { result: 'wanted' }] });
    const results: ItemResult[] = [assigned, { result: 'assigned', trackingId: 's' }];
    const next = moveRequest(record, 'succeeded', mover, { results });
    expect(toAuditChanges([{ record, results, next }], seen(), 'two')).toMatchObject([
      { siteUrl: 'acme.webex.com', before: 'not-held', after: 'held', trackingId: 's' },
    ]);
  });
});

test('a site that the person had to accept is pending before the change', () => {
  const siteUrl = 'acme.webex.com';
  const request = ask('add', { licenses: undefined, siteUrls: [{ siteUrl }] });
  const pendingSites = [{ siteUrl, accountType: 'attendee' }];
  const holdings = { personId: 'p', licenses: [], pendingLicenses: [], sites: [], pendingSites };
  const accepted = end(begin(request), { result: 'assigned', trackingId: 't' });
  expect(toAuditChanges([accepted], { ...UNSEEN, holdings }, 'two')).toMatchObject([
    { siteUrl, before: 'pending', after: 'held' },
  ]);
});

describe('what a request may have changed that ends without another look', () => {
  test('is told where an attempt was interrupted, and only then', () => {
    const record = begin();
    expect(toAbandoned(record, mover)).toMatchObject([
      { requestId: 'r', known: 'unknown', license: { name: 'Messaging' }, after: 'unknown', attempt: 1 },
    ]);
    expect(toAbandoned(moveRequest(record, 'waiting', mover, interrupted), mover)).toHaveLength(1);
    expect(toAbandoned(moveRequest(record, 'waiting', mover), mover)).toEqual([]);
    expect(toAbandoned(begin(ask('add', { dryRun: true })), mover)).toEqual([]);
    expect(toAbandoned({ ...record, results: [assigned] }, mover)).toEqual([]);
  });
});

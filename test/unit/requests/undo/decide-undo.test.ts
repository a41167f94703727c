import { describe, expect, test } from '@jest/globals';
import type { StoredRequest } from '../../../../src/requests/record/record.ts';
import { decideUndo, type UndoContext } from '../../../../src/requests/undo/decide-undo.ts';
import { type Performed, performed, renewedAs, snapshotOf, toContext } from './undone.ts';

const removal = (more: Partial<Performed> = {}) =>
  performed({ requestId: 'r', minute: 0, license: 'M', operation: 'remove', batch: 'x', ...more });
const addition = (more: Partial<Performed> = {}) => removal({ operation: 'add', ...more });

const HELD = { heldBefore: snapshotOf('M', 'S', 'T', 'C') };
const NOT_HELD = { heldBefore: snapshotOf() };

function undo(
  record: StoredRequest,
  others: readonly StoredRequest[] = [],
  context: Partial<UndoContext> = {},
) {
  return decideUndo(record, [record, ...others], toContext(context)).map((decided) =>
    decided.outcome === 'put-back'
      ? `${decided.operation} ${decided.mention.licenseId ?? decided.mention.siteUrl}`
      : `${decided.reason}${decided.by === undefined ? '' : ` ${decided.by}`}`,
  );
}

describe('a change is put back', () => {
  test('where a people snapshot from before it says what the person had', () => {
    expect(undo(removal(), [], HELD)).toEqual(['add M']);
    expect(undo(addition(), [], NOT_HELD)).toEqual(['remove M']);
  });

  test('where an earlier request says it', () => {
    const earlier = { requestId: 'earlier', minute: -90, batch: undefined };
    expect(undo(removal(), [addition(earlier)])).toEqual(['add M']);
    expect(undo(addition(), [removal(earlier)])).toEqual(['remove M']);
  });

  test('where the policy took it: that takes only what it has given', () => {
    expect(undo(removal({ origin: { channel: 'hr' } }))).toEqual(['add M']);
    expect(undo(addition({ origin: { channel: 'hr' } }))).toEqual(['before-unknown']);
  });

  test('where the caller takes for granted that people had what was removed', () => {
    expect(undo(removal(), [], { assumeHeld: true })).toEqual(['add M']);
    expect(undo(addition(), [], { assumeHeld: true })).toEqual(['before-unknown']);
  });

  test('for each license that a removal by name has removed', () => {
    const result = { result: 'removed', licenseIds: ['S', 'T'] } as const;
    expect(undo(removal({ license: 'Webex Suite', result }), [], HELD)).toEqual(['add S', 'add T']);
  });

  test('of a request that failed with another license, for the one that it changed', () => {
    const { request, results, ...partial } = removal({ state: 'partial' });
    if (request === undefined) throw new Error('no request');
    const licenses = ['M', 'C'].map((license) => ({ license, operation: 'remove' as const }));
    const failed = { result: 'failed', condition: 'calling-removal-not-allowed' } as const;
    const two = { ...partial, request: { ...request, licenses }, results: [...results, failed] };
    expect(undo(two, [], HELD)).toEqual(['add M']);
  });

  test('also where a request by others is to come on a later day', () => {
    const later = addition({ requestId: 'later', minute: 1, batch: undefined, state: 'scheduled' });
    expect(undo(removal(), [later], HELD)).toEqual(['add M']);
  });

  test('also where a request of others was cancelled', () => {
    const result = { result: 'wanted' } as const;
    const other = { requestId: 'other', minute: 1, batch: undefined, result } as const;
    expect(undo(removal(), [addition({ ...other, state: 'cancelled' })], HELD)).toEqual(['add M']);
    expect(undo(removal(), [addition({ ...other, state: 'waiting' })], HELD)).toEqual([
      'newer-request other',
    ]);
  });

  test('of a meeting site', () => {
    const site = removal();
    const request = site.request && {
      ...site.request,
      licenses: [],
      siteUrls: [
        { siteUrl: 'acme.webex.com', accountType: 'attendee' as const, operation: 'remove' as const },
      ],
    };
    const record: StoredRequest = { ...site, ...(request && { request }), results: [{ result: 'removed' }] };
    expect(undo(record, [], { ...NOT_HELD, assumeHeld: true })).toEqual(['add acme.webex.com']);
  });
});

describe('a change is left', () => {
  test('where a newer request decides about the license, by whomever', () => {
    for (const operation of ['add', 'remove'] as const) {
      const newer = removal({ requestId: 'newer', minute: 1, batch: undefined, operation });
      expect(undo(removal(), [newer], HELD)).toEqual(['newer-request newer']);
    }
  });

  test('where a newer request names the license and has not been performed', () => {
    const newer = addition({
      ...{ requestId: 'newer', minute: 1, batch: undefined, license: 'Webex Suite', state: 'waiting' },
      result: { result: 'wanted' },
    });
    expect(undo(removal({ license: 'T' }), [newer], HELD)).toEqual(['newer-request newer']);
    expect(undo(removal(), [newer], HELD)).toEqual(['add M']);
  });

  test('where nothing tells whether the person had the license before', () => {
    expect(undo(removal())).toEqual(['before-unknown']);
  });

  test('where the only snapshot was read while it was performed, or since', () => {
    const late = { ...snapshotOf('M'), readEndedAt: new Date('2026-11-24T12:30:00Z') };
    expect(undo(removal(), [], { heldBefore: late })).toEqual(['before-unknown']);
  });

  test('where the snapshot is older than another request about the license', () => {
    const since = removal({ requestId: 'since', minute: -10, batch: undefined });
    expect(undo(removal(), [since], HELD)).toEqual(['unchanged']);
  });

  test('where the person had it so before', () => {
    expect(
      undo(removal({ result: { result: 'removed', licenseId: 'M', changed: false } }), [], HELD),
    ).toEqual(['unchanged']);
    expect(undo(addition(), [], HELD)).toEqual(['unchanged']);
  });

  test('where Webex did not answer, and the request ended without another check', () => {
    const unanswered = removal({
      ...{ state: 'cancelled', result: { result: 'wanted' }, more: { mayHaveApplied: true } },
    });
    expect(undo(unanswered, [], HELD)).toEqual(['change-unknown']);
  });

  test('where it is of Webex Calling: a number is not given again, and not taken without a word', () => {
    const line = { license: 'C' };
    expect(undo(removal(line), [], HELD)).toEqual(['calling-number']);
    expect(undo(addition(line), [], NOT_HELD)).toEqual(['calling-removal']);
    expect(undo(addition(line), [], { allowCallingRemoval: true })).toEqual(['remove C']);
  });

  test('where the catalogue no longer has the license', () => {
    expect(undo(removal(), [], { ...HELD, catalogue: renewedAs() })).toEqual(['license-gone']);
  });
});

describe('what was found after an attempt that Webex did not answer', () => {
  const record = removal({
    result: { result: 'removed', licenseId: 'M', changed: false },
    more: { attempts: 2 },
  });

  test('counts as changed where the person had it otherwise before', () => {
    expect(undo(record, [], HELD)).toEqual(['add M']);
    expect(undo(record)).toEqual(['before-unknown']);
  });
});

describe('of a license that was renewed under another id', () => {
  const renewed = { ...HELD, catalogue: renewedAs('N') };

  test('the one that took its place is put back, by what was held of the one before', () => {
    const earlier = addition({ requestId: 'earlier', minute: -90, batch: undefined });
    expect(undo(removal(), [], { ...renewed, heldBefore: snapshotOf('N') })).toEqual(['add N']);
    expect(undo(removal(), [earlier], { catalogue: renewedAs('N') })).toEqual(['add N']);
    const added = { ...NOT_HELD, catalogue: renewedAs('N') };
    const result = { result: 'assigned', licenseId: 'M' } as const;
    const byName = addition({ license: 'Advanced Messaging', result });
    expect(undo(byName, [], added)).toEqual(['remove N']);
  });

  test('a newer request about the one that took its place decides, and one by the old id', () => {
    for (const license of ['N', 'M', 'Advanced Messaging']) {
      const newer = removal({
        ...{ requestId: 'newer', minute: 1, batch: undefined, license, state: 'waiting' },
        result: { result: 'wanted' },
      });
      expect(undo(removal(), [newer], renewed)).toEqual(['newer-request newer']);
    }
  });

  test('nothing is put back where several may have taken its place', () => {
    const several = { ...HELD, catalogue: renewedAs('N', 'O') };
    expect(undo(removal(), [], several)).toEqual(['license-gone']);
  });
});

describe('an undo that failed', () => {
  const requestId = `undo-${'0'.repeat(24)}.1.1`;
  const result = { result: 'failed', condition: 'unexpected' } as const;
  const failed = addition({ requestId, minute: 1, batch: 'undo-1', state: 'failed', result });

  test('says that the request that puts it back is to be redriven', () => {
    expect(undo(removal(), [failed], HELD)).toEqual([`undo-failed ${requestId}`]);
    const unanswered = { ...failed, mayHaveApplied: true };
    expect(undo(removal(), [unanswered], HELD)).toEqual([`undo-failed ${requestId}`]);
  });

  test('is an undo like others while it is tried again', () => {
    const redriven: StoredRequest = { ...failed, state: 'queued', results: [{ result: 'wanted' }] };
    expect(undo(removal(), [redriven], HELD)).toEqual([`newer-undo ${requestId}`]);
  });

  test('decides nothing once a newer request does', () => {
    const newer = removal({ requestId: 'newer', minute: 2, batch: undefined });
    expect(undo(removal(), [failed, newer], HELD)).toEqual(['newer-request newer']);
  });
});

describe('several of the undone requests about one license', () => {
  const [first, back, last] = [
    removal({ requestId: 'first', minute: 1 }),
    addition({ requestId: 'back', minute: 2 }),
    removal({ requestId: 'last', minute: 3 }),
  ];

  test('are undone once, as it was before the first', () => {
    expect(undo(first, [back, last], HELD)).toEqual([]);
    expect(undo(back, [first, last], HELD)).toEqual([]);
    expect(undo(last, [first, back], HELD)).toEqual(['add M']);
    expect(undo(back, [first], HELD)).toEqual(['unchanged']);
  });

  test('go back to what a request of others left in between', () => {
    const other = addition({ requestId: 'other', minute: 2, batch: undefined });
    expect(undo(last, [first, other], NOT_HELD)).toEqual(['add M']);
  });
});

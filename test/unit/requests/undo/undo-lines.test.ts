import { expect, test } from '@jest/globals';
import { countUndone, newUndoProgress } from '../../../../src/requests/undo/count-undo.ts';
import { decideUndo } from '../../../../src/requests/undo/decide-undo.ts';
import { toLine } from '../../../../src/requests/undo/undo-lines.ts';
import { CATALOGUE, performed, renewedAs, snapshotOf, toContext } from './undone.ts';

test('an undo says of several licenses of one name which one it means, and of a site that it is one', () => {
  const removal = performed({
    ...{ requestId: 'r', minute: 0, license: 'Webex Suite', operation: 'remove', batch: 'x' },
    result: { result: 'removed', licenseIds: ['S', 'T'] },
  });
  const lines = decideUndo(removal, [removal], toContext({ heldBefore: snapshotOf('S', 'T') })).map((one) =>
    toLine(removal, one, CATALOGUE),
  );
  const site = {
    ...{ requestId: 's', person: {}, siteUrl: 'acme.webex.com' },
    ...{ outcome: 'left' as const, undone: 'add' as const },
  };
  const undone = { lines: [...lines, site], submitted: 1, removals: 0, callingRemovals: 0 };
  expect(countUndone(newUndoProgress(), [undone]).licenses).toEqual([
    { key: 'S', name: 'Webex Suite (one)', add: 1, remove: 0, left: 0 },
    { key: 'T', name: 'Webex Suite (two)', add: 1, remove: 0, left: 0 },
    { key: 'acme.webex.com', name: 'site acme.webex.com', add: 0, remove: 0, left: 1 },
  ]);
});

test('an undo names a license that the catalogue has lost, and what to do about an undo that failed', () => {
  const by = 'undo-000000000000000000000000.1.1';
  const removal = performed({ requestId: 'r', minute: 0, license: 'M', operation: 'remove', batch: 'x' });
  const failed = performed({
    ...{ requestId: by, minute: 1, license: 'M', operation: 'add', batch: 'undo-1', state: 'failed' },
    result: { result: 'failed', condition: 'license-unknown' },
  });
  const gone = renewedAs();
  const [line] = decideUndo(removal, [removal, failed], toContext({ catalogue: gone })).map((one) =>
    toLine(removal, one, gone),
  );
  expect(line).toMatchObject({
    license: { id: 'M', name: 'Advanced Messaging' },
    ...{ reason: 'undo-failed', by, command: `seatline redrive ${by}` },
  });
});

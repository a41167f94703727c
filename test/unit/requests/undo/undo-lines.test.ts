import { expect, test } from '@jest/globals';
import { countUndone, newUndoProgress } from '../../../../src/requests/undo/count-undo.ts';
import { decideUndo } from '../../../../src/requests/undo/decide-undo.ts';
import { toLine } from '../../../../src/requests/undo/undo-lines.ts';
import { CATALOGUE, performed, snapshotOf, toContext } from './undone.ts';

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

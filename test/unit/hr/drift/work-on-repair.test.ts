import { expect, test } from '@jest/globals';
import type { DriftLine } from '../../../../src/hr/drift/drift.ts';
import { toWanted } from '../../../../src/hr/drift/work-on-repair.ts';

test('a repair asks for what the setting of now allows, and not that of the run', () => {
  const readAt = new Date('2026-11-01T05:00:00Z');
  const line = { person: {}, why: '', license: '', repair: 'asked', personKey: 'key' } as const;
  const lines: readonly DriftLine[] = [
    { ...line, kind: 'missing', licenseId: 'msg' },
    { ...line, kind: 'extra', licenseId: 'meet' },
    { ...line, kind: 'missing', licenseId: 'events', repair: 'left' },
  ];
  const repair = { add: ['msg'], remove: ['meet'], readAt };
  expect(toWanted(lines, readAt, 'add-and-remove')).toEqual([{ personKey: 'key', repair }]);
  expect(toWanted(lines, readAt, 'add')).toEqual([{ personKey: 'key', repair: { ...repair, remove: [] } }]);
  expect(toWanted(lines, readAt, 'off')).toEqual([]);
});

import { describe, expect, test } from '@jest/globals';
import { newEmployee } from '../../src/hr/employee.ts';
import { VERSION_CONFLICT } from '../../src/platform/version-conflict.ts';
import { createTableEmployees } from '../../src/storage/tables/hr-records.ts';
import { useShortPages, useStorage } from '../use-storage.ts';
import { event } from './hr-event.ts';

/** What the port of employees promises, asked of its adapter on real storage. */
const storage = useStorage();
const shortPages = useShortPages();

const at = new Date('2026-11-24T12:00:00Z');
const later = (seconds: number) => new Date(at.getTime() + seconds * 1_000);

describe.each([
  { name: 'in tables', clients: storage.clients },
  { name: 'in tables with short pages', clients: shortPages.clients },
])('the employee directory $name', ({ clients }) => {
  const employees = () => createTableEmployees(clients());
  const ada = {
    ...newEmployee('hr', 'Ä/7#?'),
    email: 'ada@example.com',
    attributes: { location: 'München' },
    grants: [
      { kind: 'license' as const, license: 'A', properties: { extension: '1' } },
      { kind: 'site' as const, siteUrl: 'acme.webex.com' },
    ],
    last: { at, kind: 'joiner' as const },
    pending: [{ eventKey: 'k', at: later(60), event }],
    reclaims: [{ at: later(90), grants: [{ kind: 'license' as const, license: { name: 'B' } }] }],
    scheduled: [{ requestId: 'r', at: later(60) }],
    withdrawnAt: at,
    eventKeys: ['k'],
    orders: {
      eventKey: 'k',
      requests: [
        {
          requestId: 'r',
          request: {
            version: 1 as const,
            person: { email: 'ada@example.com' },
            licenses: [{ license: 'A', operation: 'add' as const }],
            siteUrls: [],
          },
        },
      ],
      replaces: ['q'],
    },
    revision: 4,
  };

  test("keeps an employee under HR's own id, whatever is in it", async () => {
    expect(await employees().read('hr', 'Ä/7#?')).toBeUndefined();
    const written = await employees().write(ada);
    expect(written).toEqual({ ...ada, version: expect.any(String) });
    expect(await employees().read('hr', 'Ä/7#?')).toEqual(written);
    expect(await employees().read('other', 'Ä/7#?')).toBeUndefined();
  });

  test('lets one of two writers win, at first and later', async () => {
    const write = (more: object) => employees().write({ ...ada, employeeId: 'raced', ...more });
    const firsts = await Promise.all([write({ revision: 1 }), write({ revision: 2 })]);
    expect(firsts.filter((end) => end !== VERSION_CONFLICT)).toHaveLength(1);
    const stored = await employees().read('hr', 'raced');
    const seconds = await Promise.all([write({ ...stored, revision: 3 }), write({ ...stored, revision: 4 })]);
    expect(seconds.filter((end) => end !== VERSION_CONFLICT)).toHaveLength(1);
  });
});

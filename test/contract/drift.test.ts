import { expect, test } from '@jest/globals';
import { createFindDrift } from '../../src/hr/drift/find-drift.ts';
import { readDriftBlock, readDriftIndex } from '../../src/hr/drift/read-lines.ts';
import { newPerson, type Person } from '../../src/hr/person.ts';
import { toSnapshotFolder } from '../../src/people/snapshot.ts';
import { parsePolicy } from '../../src/policy/policy.ts';
import { toPersonKey } from '../../src/requests/record/person.ts';
import { createBlobDriftFiles } from '../../src/storage/blobs/drift-files.ts';
import { createBlobPeople } from '../../src/storage/blobs/people.ts';
import { createTableHrPeople } from '../../src/storage/tables/hr-people.ts';
import { writeSnapshot } from '../memory/people-snapshot.ts';
import { useShortPages } from '../use-storage.ts';

const storage = useShortPages();
const READ_AT = new Date('2026-11-01T05:00:00Z');
const SAID = new Date('2026-10-01T08:00:00Z');
const licenses = ['msg', 'meet'].map((id) => ({ id, name: `License ${id}` }));
const policy = await parsePolicy('{version: 1, manages: [msg, meet], rules: [{name: all, licenses: [msg]}]}');
const log = { info() {}, warn() {} };

class Killed extends Error {}

const toRow = (number: number, hasId: boolean): Person => {
  const email = `p${number}@example.com`;
  const fact = { id: `e${number}`, kind: 'hired' as const, said: SAID, attributes: {}, email };
  return {
    ...newPerson(toPersonKey({ person: { email } }), SAID),
    ...{ emails: [email], ...(hasId && { personId: `P${number}` }) },
    employees: [{ source: 'hr', employeeId: `${number}`, facts: [{ ...fact, effective: '2026-10-01' }] }],
    grants: [{ id: 'msg', by: 'rule' }],
  };
};

test('the drift is the same whether it is found at once, or killed after and before each step', async () => {
  const clients = storage.clients();
  const people = createTableHrPeople(clients);
  const snapshots = createBlobPeople(clients);
  for (let number = 0; number < 12; number += 1) await people.write(toRow(number, number % 3 > 0));
  // Of the first four, an admin took what they had; of the last four, HR knows nobody.
  const atWebex = Array.from({ length: 16 }, (_, number) => ({
    ...{ id: `P${number}`, emails: [`p${number}@example.com`] },
    licenses: number < 4 ? [1] : [0],
  }));
  const find = async (runId: string, killAt: number) => {
    const snapshot = await writeSnapshot(snapshots, {
      ...{ runId, people: atWebex, licenses, readAt: READ_AT, buckets: 4 },
    });
    const findDrift = createFindDrift({
      ...{ people, snapshots, files: createBlobDriftFiles(clients), mode: 'add' as const },
      policies: { current: async () => ({ policy, version: 'p', ofVersion: async () => policy }) },
      zoneOf: () => 'Europe/Berlin',
    });
    let stored: unknown;
    let steps = 0;
    for (let session = 1; session < 50; session += 1) {
      const input = { snapshot, isWhole: true, catalogue: licenses, session, isOver: () => false, log };
      const found = await findDrift(input, stored, async (progress) => {
        steps += 1;
        // Every other time before it is stored, and else after it.
        if (steps % (2 * killAt) === 0) throw new Killed();
        stored = JSON.parse(JSON.stringify(progress));
        if (steps % killAt === 0) throw new Killed();
      }).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
        return 'killed' as const;
      });
      if (found === 'killed') continue;
      const folder = toSnapshotFolder(snapshot.orgId, runId);
      const blocks = (await readDriftIndex(snapshots, folder)) ?? [];
      const lines = await Promise.all(blocks.map((block) => readDriftBlock(snapshots, folder, block)));
      return { found, lines: lines.flat() };
    }
    throw new Error('it comes to no end');
  };
  const whole = await find('whole', Number.MAX_SAFE_INTEGER);
  expect(whole.found).toMatchObject({
    state: 'computed',
    people: { compared: 12, unknownToHr: 4, notFound: 0 },
    kinds: { missing: { licenses: 4 }, extra: { licenses: 4 }, 'unknown-to-hr': { licenses: 4 } },
    repair: { asked: 4 },
  });
  expect(whole.lines).toHaveLength(12);
  for (const killAt of [1, 2, 3]) expect(await find(`killed-${killAt}`, killAt)).toEqual(whole);
});

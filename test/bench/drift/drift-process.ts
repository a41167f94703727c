/**
 * One process of the drift measurement, with a memory of its own: `<connection string> <people>`. It writes a people
 * snapshot, finds its drift, and prints a line of JSON.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { provision } from '../../../infra/local/provision.ts';
import { createFindDrift } from '../../../src/hr/drift/find-drift.ts';
import { newPerson, type Person, personSchema } from '../../../src/hr/person.ts';
import { toBucketCount } from '../../../src/people/merge-parts.ts';
import { type SnapshotPerson, toAddressLines } from '../../../src/people/person.ts';
import { SLICES, toPersonSlice, toSlice } from '../../../src/people/slices.ts';
import { type Snapshot, toSnapshotFolder } from '../../../src/people/snapshot.ts';
import { parsePolicy } from '../../../src/policy/policy.ts';
import { createBlobDriftFiles } from '../../../src/storage/blobs/drift-files.ts';
import { createBlobPeople } from '../../../src/storage/blobs/people.ts';
import { createStorageClients } from '../../../src/storage/clients.ts';

const [connectionString = '', count = '0'] = process.argv.slice(2);
const people = Number(count);
const compress = promisify(gzip);
const READ_AT = new Date('2026-11-01T05:00:00Z');
const LICENSES = Array.from({ length: 20 }, (_, place) => ({
  id: Buffer.from(
    `ciscospark://us/LICENSE/dad114b6-ed73-42ba-865c-79575f6c7ff7:MS_44a7f288-37be-4b1f-b272-4ff3af7071${String(place).padStart(2, '0')}`,
  ).toString('base64'),
  name: `License ${place}`,
}));
const DEPARTMENTS = ['Sales', 'Support', 'Engineering', 'Office'];
/** A hand took something from each of so many people, and gave something to the one after. */
const DRIFTED_OF = 500;

/** Without padding, as Webex writes it. */
const idOf = (number: number) =>
  Buffer.from(
    `ciscospark://us/PEOPLE/${String(number).padStart(8, '0')}-37be-4b1f-b272-4ff3af7071ab`,
  ).toString('base64url');
const emailOf = (number: number) => `person${number}@example.com`;

/** A row of the table, as text: all of it is parsed, as a row that was read is. */
function toRow(number: number): string {
  const email = emailOf(number);
  const said = new Date(Date.UTC(2025, 0, 1 + (number % 300)));
  const department = DEPARTMENTS[number % DEPARTMENTS.length] ?? '';
  const attributes = { department, location: number % 3 ? 'Paris' : 'Berlin' };
  const effective = said.toISOString().slice(0, 'yyyy-mm-dd'.length);
  const fact = { id: `e${number}`, kind: 'hired' as const, said, effective, attributes, email };
  const row: Person = {
    ...newPerson(`key-${number}`, said),
    ...{ emails: [email], personId: idOf(number) },
    employees: [{ source: 'hr', employeeId: `${number}`, facts: [fact] }],
    grants: [0, 1 + (number % DEPARTMENTS.length)].map((place) => ({
      ...{ id: LICENSES[place]?.id ?? '', by: 'rule' as const },
    })),
  };
  return JSON.stringify(row);
}

const policy = await parsePolicy(
  JSON.stringify({
    version: 1,
    manages: LICENSES.slice(0, 10).map(({ name }) => name),
    rules: [
      { name: 'everybody', licenses: ['License 0'] },
      ...DEPARTMENTS.map((department, index) => ({
        ...{ name: department, when: { attribute: 'department', equals: department } },
        licenses: [`License ${index + 1}`],
      })),
    ],
    leavers: [{ name: 'at once', reclaim: 'granted' }],
  }),
);

async function writeSnapshot(): Promise<Snapshot> {
  const store = createBlobPeople(storage);
  const total = toBucketCount(people);
  const folder = toSnapshotFolder('org', 'bench');
  const toBucket = (slice: number) => Math.floor((slice * total) / SLICES);
  const bySlice = Array.from({ length: total }, () => ({
    people: [] as number[],
    addresses: [] as number[],
  }));
  for (let number = 0; number < people; number += 1) {
    bySlice[toBucket(toPersonSlice(idOf(number)))]?.people.push(number);
    bySlice[toBucket(toSlice(emailOf(number)))]?.addresses.push(number);
  }
  const toPerson = (number: number): SnapshotPerson => {
    const held = [0, 1 + (number % DEPARTMENTS.length), 15];
    if (number % DRIFTED_OF === 0) held.shift();
    if (number % DRIFTED_OF === 1) held.push(9);
    return { id: idOf(number), emails: [emailOf(number)], displayName: `Person ${number}`, licenses: held };
  };
  const pack = (lines: readonly object[]) =>
    compress(lines.map((line) => `${JSON.stringify(line)}\n`).join(''), { level: 1 });
  const buckets: Snapshot['buckets'] = [];
  for (const [bucket, numbers] of bySlice.entries()) {
    const file = { people: `${folder}/people/${bucket}.gz`, addresses: `${folder}/addresses/${bucket}.gz` };
    await store.write(file.people, await pack(numbers.people.map(toPerson)));
    await store.write(
      file.addresses,
      await pack(numbers.addresses.flatMap((number) => toAddressLines(toPerson(number)))),
    );
    buckets.push({ ...file, rows: numbers.people.length });
  }
  return {
    ...{ schemaVersion: 1, runId: 'bench', orgId: 'org', readStartedAt: READ_AT, readEndedAt: READ_AT },
    ...{ people, outside: 0, doubts: [], buckets },
    licenses: LICENSES.map((license) => ({ ...license, holders: 0 })),
  };
}

await provision(connectionString, '');
const storage = createStorageClients({ kind: 'connection-string', connectionString });
const snapshot = await writeSnapshot();
const findDrift = createFindDrift({
  people: {
    async page(limit, next = '0') {
      const from = Number(next);
      const to = Math.min(people, from + limit);
      const rows = Array.from({ length: to - from }, (_, index) => toRow(from + index));
      return {
        people: rows.map((row) => ({ ...personSchema.parse(JSON.parse(row)), version: '1' })),
        unreadable: [],
        next: to < people ? `${to}` : undefined,
      };
    },
  },
  policies: { current: async () => ({ policy, version: 'bench', ofVersion: async () => policy }) },
  zoneOf: () => 'Europe/Berlin',
  snapshots: createBlobPeople(storage),
  files: createBlobDriftFiles(storage),
  mode: 'add',
});
const log = { info() {}, warn() {} };
globalThis.gc?.();
const startedAt = performance.now();
const before = process.cpuUsage();
let peakRss = 0;
const found = await findDrift(
  { snapshot, isWhole: true, catalogue: LICENSES, session: 1, isOver: () => false, log },
  undefined,
  async () => {
    peakRss = Math.max(peakRss, process.memoryUsage().rss);
  },
);
const { user, system } = process.cpuUsage(before);
if (found === 'more' || found.state !== 'computed') throw new Error('the drift is not computed');
process.stdout.write(
  `${JSON.stringify({
    ms: performance.now() - startedAt,
    cpuMs: (user + system) / 1_000,
    peakRssMiB: peakRss / 1_048_576,
    missing: found.kinds.missing.licenses,
    extra: found.kinds.extra.licenses,
    compared: found.people.compared,
  })}\n`,
);

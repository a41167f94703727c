import { gunzipSync } from 'node:zlib';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startAzurite } from '../../infra/local/azurite.ts';
import { LOCAL_TOKEN } from '../../infra/local/stack.ts';
import { generateOrganization } from '../../infra/local/webex/generated-organization.ts';
import { addPerson, give, type Person, take } from '../../infra/local/webex/organization.ts';
import { startWebexSimulator, type WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { toNotComputed } from '../../src/hr/drift/drift.ts';
import { toOrgId } from '../../src/inventory/publish/paths.ts';
import { toRunFolder } from '../../src/inventory/run/run.ts';
import type { WorkDeps } from '../../src/inventory/run/work-on-run.ts';
import { readPeople } from '../../src/people/read-snapshot.ts';
import { readManifest } from '../../src/people/snapshot.ts';
import { createStorageClients, type StorageClients } from '../../src/storage/clients.ts';
import { CONTAINERS, QUEUES } from '../../src/storage/names.ts';
import type { Transport, WebexAnswer } from '../../src/webex/transport.ts';
import { createParts } from '../parts.ts';
import { createClient, createInventoryParts, silent, toMessage } from './inventory-parts.ts';

/** Runs that read people in pages of 20 over a wire that may lose, repeat and reorder: what is published then, and what not. */
const PEOPLE = 200;
const PAGE = 20;
let storage: StorageClients;
let simulator: WebexSimulator;
const started = createParts();
beforeAll(async () => {
  const { connectionString } = await started(startAzurite());
  storage = createStorageClients({ kind: 'connection-string', connectionString });
  await (await storage.queue(QUEUES.inventoryAlerts)).createIfNotExists();
  const createOrganization = () => generateOrganization({ people: PEOPLE, licenses: 7, seed: 3 });
  simulator = await started(startWebexSimulator({ token: LOCAL_TOKEN, createOrganization }));
});
/** Each test begins with a snapshot of everybody. */
beforeEach(async () => {
  simulator.reset();
  expect(await start().run(true)).toMatchObject({ state: 'complete', isLatest: true });
  simulator.clearRequests();
});

type Change = (answer: WebexAnswer, page: number) => WebexAnswer | Promise<WebexAnswer>;

/** Smaller pages than are asked for; and the pages as a test changes them. */
const wire =
  (change: Change = (answer) => answer) =>
  (transport: Transport): Transport => {
    let pages = 0;
    return {
      async call(call) {
        const isOfPeople = call.path.startsWith('/people');
        const path = call.path.replace('max=1000', `max=${PAGE}`);
        const answer = await transport.call({ ...call, path });
        if (!isOfPeople || answer.status !== 200) return answer;
        pages += 1;
        return change(answer, pages);
      },
    };
  };
const start = (change?: Change, changes: Partial<WorkDeps> = {}) =>
  createInventoryParts(storage, createClient(simulator, wire(change)), changes);
const calls = (path: RegExp) => simulator.requests().filter((request) => path.test(request.path));
const everybody = (): readonly Person[] => [...simulator.organization().people.values()];
const licenses = () => [...simulator.organization().licenses.values()];
const licenseOf = (name: string) => {
  const found = licenses().find((license) => license.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
};
const orgId = () => toOrgId(licenses().map(({ id, name }) => ({ id, name })));
async function readSnapshot() {
  const { people } = start();
  const manifest = await readManifest(people, orgId());
  if (!manifest) throw new Error('no snapshot');
  const rows = await readPeople(people, manifest, { from: 0, to: 256 });
  return { manifest, rows, byEmail: new Map(rows.map((row) => [row.emails[0], row])) };
}
async function readJson(run: Parameters<typeof toRunFolder>[0], name: string) {
  const blob = (await storage.container(CONTAINERS.inventory)).getBlobClient(`${toRunFolder(run)}/${name}`);
  return JSON.parse((await blob.downloadToBuffer()).toString());
}
const setItems = (
  answer: WebexAnswer,
  toItems: (items: readonly object[]) => readonly object[],
): WebexAnswer => {
  const { items, ...body } = JSON.parse(answer.body);
  return { ...answer, body: JSON.stringify({ ...body, items: toItems(items) }) };
};

describe('a people snapshot', () => {
  test('has everybody once with all addresses and what they hold, from one call a page and two for the catalogue', async () => {
    addPerson(simulator.organization(), {
      email: 'new@large.example',
      aliases: ['Other@Large.example'],
      licenses: [licenseOf('Advanced Messaging').id],
    });
    const run = await start().run();
    expect(run).toMatchObject({ state: 'complete', isLatest: true });
    const { manifest, rows, byEmail } = await readSnapshot();
    expect(manifest).toMatchObject({ runId: run.runId, people: PEOPLE + 1, outside: 0, doubts: [] });
    expect(rows.map(({ id }) => id).sort()).toEqual(
      everybody()
        .map(({ id }) => id)
        .sort(),
    );
    const places = byEmail.get('new@large.example')?.licenses ?? [];
    expect(byEmail.get('new@large.example')?.emails).toEqual(['new@large.example', 'other@large.example']);
    expect(places.map((place) => manifest.licenses[Number(place)]?.name)).toContain('Advanced Messaging');
    expect(rows.every((row) => !('lastActivity' in row))).toBe(true);
    expect(calls(/^\/people/)).toHaveLength(Math.ceil((PEOPLE + 1) / PAGE));
    expect(calls(/^\/licenses/)).toHaveLength(2);
    expect(calls(/^\/people/)[0]?.query).toMatchObject({ excludeStatus: 'true' });
  });

  test('is kept as the latest and the one before it, and nothing else is', async () => {
    const [first, second] = [await start().run(), await start().run()];
    const folders = new Set<string>();
    for await (const { name } of (await storage.container(CONTAINERS.people)).listBlobsFlat())
      folders.add(name.split('/').slice(2, 4).join('/'));
    const ofRuns = [first, second].flatMap(({ runId }) => [`${runId}/people`, `${runId}/addresses`]);
    const manifests = ['latest.json', 'previous.json'];
    expect([...folders].sort()).toEqual([...manifests, ...ofRuns].sort());
  });

  test('is taken where no assignments are kept, of which nothing is published then', async () => {
    const run = await start(undefined, { keep: 'off' }).run();
    expect((await readSnapshot()).manifest).toMatchObject({ runId: run.runId, people: PEOPLE });
    const { files } = await readJson(run, 'manifest.json');
    expect(files.map(({ container }: { container: string }) => container)).not.toContain('assignments');
    expect((await readJson(run, 'diff.json')).licenses[0]).not.toHaveProperty('people');
  });

  test('has people from outside, whom the list lacks, by the holders of the licenses that lack some', async () => {
    const { id } = licenseOf('Advanced Messaging');
    addPerson(simulator.organization(), {
      email: 'guest@elsewhere.example',
      isExternal: true,
      licenses: [id],
    });
    const run = await start().run();
    expect(run).toMatchObject({ state: 'complete', isLatest: true });
    const { manifest, byEmail } = await readSnapshot();
    expect(manifest).toMatchObject({ people: PEOPLE, outside: 1, doubts: [] });
    expect(byEmail.get('guest@elsewhere.example')).toMatchObject({ isOutside: true });
    expect(new Set(calls(/^\/licenses\/./).map(({ path }) => decodeURIComponent(path)))).toEqual(
      new Set([`/licenses/${id}`]),
    );
    const container = await storage.container(CONTAINERS.assignments);
    const file = container.getBlobClient(`${toRunFolder(run)}/assignments.ndjson.gz`);
    const lines = gunzipSync(await file.downloadToBuffer())
      .toString()
      .trim()
      .split('\n');
    const guests = lines.filter((line) => line.includes('guest@elsewhere.example'));
    expect(guests.map((line) => JSON.parse(line))).toMatchObject([{ licenseId: id, type: 'EXTERNAL' }]);
  });
});

describe('people who are compared with those of the run before', () => {
  test('gain and lose licenses, come and go', async () => {
    const { id, name } = licenseOf('Webex Webinars 1000');
    const [holder, other] = [
      everybody().find((person) => person.licenses.has(id)),
      everybody().find((person) => !person.licenses.has(id)),
    ];
    if (!holder || !other) throw new Error('nobody');
    take(simulator.organization(), holder, id);
    give(simulator.organization(), other, id);
    const run = await start().run();
    const { licenses: compared } = await readJson(run, 'diff.json');
    expect(compared.find((one: { name: string }) => one.name === name)).toMatchObject({
      people: { gained: 1, lost: 1 },
    });
    const container = await storage.container(CONTAINERS.assignments);
    const file = container.getBlobClient(`${toRunFolder(run)}/assignments-diff.ndjson.gz`);
    const lines = gunzipSync(await file.downloadToBuffer())
      .toString()
      .trim()
      .split('\n');
    expect(
      lines.map((line) => JSON.parse(line)).sort((a, b) => (a.change < b.change ? -1 : 1)),
    ).toMatchObject([
      { change: 'gained', licenseId: id, licenseName: name, email: other.email, type: 'INTERNAL' },
      { change: 'lost', licenseId: id, licenseName: name, email: holder.email },
    ]);
  });

  test('are not compared where the snapshot before is gone', async () => {
    const { people } = start();
    await people.write(`v1/${orgId()}/latest.json`, Buffer.from('{}'));
    const container = await storage.container(CONTAINERS.people);
    await container.deleteBlob(`v1/${orgId()}/latest.json`);
    const run = await start().run();
    expect(run).toMatchObject({ state: 'complete', isLatest: true });
    expect((await readJson(run, 'diff.json')).licenses[0]).not.toHaveProperty('people');
  });
});

describe('a list of people that is not whole', () => {
  const isLeft = async (runId: string) => expect((await readSnapshot()).manifest.runId).not.toBe(runId);

  test('because it ends early is partial, and does not become the latest', async () => {
    const run = await start((answer, page) => {
      const { link: _lost, ...last } = answer;
      return page === 7 ? last : answer;
    }).run();
    expect(run).toMatchObject({ state: 'partial', isLatest: false });
    const { warnings } = await readJson(run, 'manifest.json');
    expect(warnings[0]).toMatch(/^who holds .* is not known in full: \d+ of its people are missing/);
    await isLeft(run.runId);
  });

  test('because a page in the middle was lost is partial', async () => {
    const run = await start((answer, page) => (page === 3 ? setItems(answer, () => []) : answer)).run();
    expect(run).toMatchObject({ state: 'partial', isLatest: false });
    await isLeft(run.runId);
  });

  test('because over half of the people are gone is refused, unless it is forced', async () => {
    const { people } = simulator.organization();
    for (const person of [...people.values()].slice(0, PEOPLE / 2 + 1)) {
      for (const id of [...person.licenses]) take(simulator.organization(), person, id);
      people.delete(person.email);
    }
    const refused = await start().run();
    expect(refused).toMatchObject({ state: 'refused', reason: { condition: 'people-collapsed' } });
    await isLeft(refused.runId);
    expect(await start().run(true)).toMatchObject({ state: 'complete', isLatest: true });
  });

  test('because many rows have no id is partial: they are counted and left out', async () => {
    const without = (count: number) => (items: readonly object[]) =>
      items.map((item, index) => (index < count ? { ...item, id: null } : item));
    const many = await start((answer, page) => (page <= 2 ? setItems(answer, without(2)) : answer)).run();
    expect(many).toMatchObject({ state: 'partial' });
    expect((await readJson(many, 'manifest.json')).warnings).toContain(
      '4 people are left out: they have no id',
    );
  });

  test('because many do not tell their licenses is partial: not told is not none', async () => {
    const untold = (items: readonly object[]) =>
      items.map((item, index) => ({ ...item, licenses: [null, 'all', [7]][index % 3] }));
    const run = await start((answer, page) => (page === 2 ? setItems(answer, untold) : answer)).run();
    expect(run).toMatchObject({ state: 'partial' });
    expect((await readJson(run, 'manifest.json')).warnings).toContain(
      `${PAGE} people are kept without their licenses: Webex did not tell them`,
    );
  });

  test('because pages come again is partial, though each person is in the result once', async () => {
    let before: WebexAnswer | undefined;
    const run = await start((answer, page) => {
      const repeated = page === 5 && before ? { ...answer, body: before.body } : answer;
      before = answer;
      return repeated;
    }).run();
    expect(run).toMatchObject({ state: 'partial', isLatest: false });
    const { warnings } = await readJson(run, 'manifest.json');
    expect(warnings).toContain(`${PAGE} people were listed more than once; each is kept once`);
    const path = `${toRunFolder(run)}/assignments.ndjson.gz`;
    const file = (await storage.container(CONTAINERS.assignments)).getBlobClient(path);
    const lines = gunzipSync(await file.downloadToBuffer())
      .toString()
      .trim()
      .split('\n');
    expect(new Set(lines).size).toBe(lines.length);
  });

  test('because a link lost its query is partial, though the rest is asked for with it', async () => {
    simulator.script({ path: '/people', skip: 2, times: 1, effect: { kind: 'lost-query' } });
    const run = await start().run();
    expect(run).toMatchObject({ state: 'partial', isLatest: false, reading: { totals: { people: PEOPLE } } });
    expect((await readJson(run, 'manifest.json')).warnings).toEqual([
      expect.stringMatching(/^1 links of Webex had lost a part of their query/),
    ]);
    expect(calls(/^\/people/).every(({ query }) => query.excludeStatus === 'true')).toBe(true);
    await isLeft(run.runId);
  });

  test('because the link lost its query at which another invocation went on is partial', async () => {
    const parts = start();
    const runId = await parts.begin();
    simulator.script({ path: '/people', skip: 2, times: 1, effect: { kind: 'lost-query' } });
    simulator.script({ path: '/people', skip: 3, times: 4, effect: { kind: 'status', status: 503 } });
    await parts.work(toMessage(runId), silent);
    expect(await parts.runs.read(runId)).toMatchObject({ state: 'waiting', reading: { pages: 3 } });
    await parts.work(toMessage(runId), silent);
    expect(await parts.runs.read(runId)).toMatchObject({
      state: 'partial',
      reading: { totals: { people: PEOPLE } },
    });
  });

  test('because it goes round in a circle ends, and says so', async () => {
    const round = (answer: WebexAnswer, page: number): WebexAnswer => ({
      ...answer,
      link: `<${simulator.apiUrl}/people?max=20&excludeStatus=true&round=${page}>; rel="next"`,
    });
    const run = await start(round).run();
    expect(run).toMatchObject({
      state: 'failed',
      reason: { condition: 'people-list-repeats' },
    });
  });
});

describe('a list of people with a few odd rows', () => {
  test('is published with what they tell: no addresses, a long name, and another spelling of an id', async () => {
    const [nameless, long, twice] = everybody();
    if (!nameless || !long || !twice) throw new Error('nobody');
    const uuid = Buffer.from(twice.id, 'base64').toString().split('/').at(-1) ?? '';
    const change = (item: object): object[] => {
      const { id } = item as { id: string };
      if (id === nameless.id) return [{ ...item, emails: null, displayName: 7 }];
      if (id === long.id) return [{ ...item, displayName: 'x'.repeat(1_000_000) }];
      return id === twice.id
        ? [item, { ...item, id: uuid.toUpperCase() }, { ...item, id: `${id}==` }]
        : [item];
    };
    const run = await start((answer) => setItems(answer, (items) => items.flatMap(change))).run();
    const { manifest, rows } = await readSnapshot();
    expect(run).toMatchObject({ state: 'complete', isLatest: true });
    expect(manifest).toMatchObject({ runId: run.runId, people: PEOPLE });
    const conditions = manifest.doubts.map(({ condition }) => condition);
    expect(conditions).toEqual(['people-repeated']);
    const found = (person: Person) => rows.filter(({ id }) => id === person.id);
    expect(found(nameless)).toMatchObject([{ emails: [] }]);
    expect(found(long)[0]?.displayName).toHaveLength(1_000);
    expect(found(twice)).toHaveLength(1);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(PEOPLE);
  });
});

describe('a list of people that is whole all the same', () => {
  test('is published where its rows come in another order, and where one person came twice', async () => {
    let first: object | undefined;
    const run = await start((answer, page) =>
      setItems(answer, (items) => {
        first ??= items[0];
        return page === 2 && first ? [...items, first].reverse() : [...items].reverse();
      }),
    ).run();
    expect(run).toMatchObject({ state: 'complete', isLatest: true });
    const { manifest, rows } = await readSnapshot();
    expect(manifest).toMatchObject({ runId: run.runId, doubts: [{ condition: 'people-repeated' }] });
    expect(rows).toHaveLength(PEOPLE);
  });

  test('is begun anew where Webex refuses an old link, three times at most', async () => {
    const refuse = (pages: readonly number[]) =>
      start((answer, page) => (pages.includes(page) ? { ...answer, status: 400 } : answer)).run();
    const run = await refuse([4, 8, 12]);
    expect(run).toMatchObject({ state: 'complete', reading: { restarts: 3, totals: { people: PEOPLE } } });
    const refused = await refuse([4, 8, 12, 16]);
    expect(refused).toMatchObject({ state: 'failed', reason: { condition: 'people-link-refused' } });
    expect((await start().startRun({ trigger: 'timer', force: false }, silent)).kind).toBe('begun');
  });

  test('is read on where Webex was away, with no page asked for twice', async () => {
    const parts = start();
    const runId = await parts.begin();
    simulator.script({ path: '/people', skip: 4, times: 4, effect: { kind: 'status', status: 503 } });
    await parts.work(toMessage(runId), silent);
    expect(await parts.runs.read(runId)).toMatchObject({ state: 'waiting', reading: { pages: 4 } });
    await parts.work(toMessage(runId), silent);
    expect(await parts.runs.read(runId)).toMatchObject({ state: 'complete' });
    expect(calls(/^\/people/).filter(({ status }) => status === 200)).toHaveLength(PEOPLE / PAGE);
  });
});

test.each([
  [
    'version 0.1.0',
    { listings: [{ license: 0, pages: 9, rows: 2_700, bytes: 9, isDone: true, blocks: [[1, 1]] }] },
  ],
  [
    'a version with other progress',
    {
      people: { pages: 9, rows: 180, isListed: true, parts: [], outside: [], holders: [9] },
      drift: { tries: 0, result: toNotComputed('other', 'Of the reading before.') },
    },
  ],
])('a run that %s began is begun anew in a folder of its own', async (_which, kept) => {
  const parts = start();
  const runId = await parts.begin();
  const begun = await parts.runs.read(runId);
  if (!begun) throw new Error('no run');
  const past = new Date(Date.now() - 3_600_000);
  const older = { ...begun, session: 4, orgId: orgId(), readStartedAt: past, expectedRows: 5, ...kept };
  await parts.runs.replace(older);
  await parts.work(toMessage(runId), silent);
  const run = await parts.runs.read(runId);
  expect(run).toMatchObject({ state: 'complete', isLatest: true, reading: { totals: { people: PEOPLE } } });
  expect(run?.drift?.result).not.toMatchObject({ reason: { condition: 'other' } });
  expect(run && toRunFolder(run)).not.toBe(toRunFolder(older));
});

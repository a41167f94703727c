import { isDeepStrictEqual } from 'node:util';
import { RestError, TableClient } from '@azure/data-tables';
import { BlobServiceClient, type BlockBlobClient } from '@azure/storage-blob';
import { beforeAll, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import * as z from 'zod';
import { sendWebhook, signBambooHr, signStandard } from '../../infra/local/hr-senders.ts';
import { LOCAL_FUNCTION_KEY, LOCAL_MASTER_KEY } from '../../infra/local/stack.ts';
import { addPerson } from '../../infra/local/webex/organization.ts';
import type { WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { CONTAINERS, TABLES } from '../../src/storage/names.ts';
import { createParts } from '../parts.ts';
import { type AppStack, startApp } from './start-app.ts';
import { until } from './until.ts';

/**
 * A rollout: a newer version has written columns and members that this one does not know. The built app reads and
 * changes such records through its own triggers, and must not erase what it does not know.
 */
let stack: AppStack;
let simulator: WebexSimulator;
const started = createParts();
beforeAll(async () => {
  const settings = {
    RETRY_BASE_SECONDS: '1',
    PERSON_NOT_FOUND_DELAYS_SECONDS: '1',
    CATALOGUE_MAX_AGE_SECONDS: '0',
  };
  stack = await started(startApp({ settings }));
  simulator = stack.simulator;
});

const headers = { 'x-functions-key': LOCAL_FUNCTION_KEY, 'content-type': 'application/json' };
const post = async (path: string, body: object) => {
  const response = await fetch(`${stack.apiUrl}/${path}`, {
    ...{ method: 'POST', headers, body: JSON.stringify(body) },
  });
  expect(response.ok).toBe(true);
  return JSON.parse(await response.text());
};
const sweep = () =>
  fetch(`${stack.host.url}/admin/functions/sweep`, {
    method: 'POST',
    headers: { 'x-functions-key': LOCAL_MASTER_KEY, 'content-type': 'application/json' },
    body: '{}',
  });
const waitFor = (path: string, isWanted: (shown: Record<string, unknown>) => boolean) =>
  until(path, async () => {
    const response = await fetch(`${stack.apiUrl}/${path}`, { headers });
    const shown = z.record(z.string(), z.unknown()).parse(await response.json());
    return isWanted(shown) ? shown : undefined;
  });
const isIn =
  (...states: string[]) =>
  ({ state }: Record<string, unknown>) =>
    states.includes(String(state));

const NEWER = { since: '0.9.0', of: ['a', { deep: true }] };
const COLUMNS = { newerText: 'kept', newerFlag: true, newerCount: 7, newerAt: new Date('2027-01-01') };
/** Objects by name: what is in them is named by data, and has no member of a version. */
const MAPS = ['newest', 'attributes', 'waitedMs'];

/** The value with a member `newer` in each of its objects. */
function stamp(value: unknown, isMap = false): unknown {
  if (Array.isArray(value)) return value.map((one) => stamp(one));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, one]) => [name, stamp(one, MAPS.includes(name))]);
  return { ...Object.fromEntries(members), ...(!isMap && { newer: NEWER }) };
}

/** Where a stamped value has lost its member `newer`: paths such as `/results/0`. */
function findErased(before: unknown, after: unknown, path = ''): readonly string[] {
  if (typeof before !== 'object' || before === null) return [];
  if (typeof after !== 'object' || after === null) return [];
  if ('newer' in before && !('newer' in after && isDeepStrictEqual(after.newer, NEWER))) return [path];
  return Object.entries(before).flatMap(([name, one]) =>
    name === 'newer' ? [] : findErased(one, Object(after)[name], `${path}/${name}`),
  );
}

type Row = Record<string, unknown> & { readonly partitionKey: string; readonly rowKey: string };

const table = (name: string) =>
  TableClient.fromConnectionString(stack.azurite.connectionString, name, { allowInsecureConnection: true });

async function readRows(name: string, isWanted: (row: Row) => boolean): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for await (const row of table(name).listEntities<Row>()) if (isWanted(row)) rows.push(row);
  return rows;
}

/** Writes a row as a newer version would: with more columns, and more members in its JSON column. */
async function stampRows(name: string, json: string, isWanted: (row: Row) => boolean) {
  const rows = await until(`rows of ${name}`, async () => {
    const found = await readRows(name, isWanted);
    return found.length > 0 ? found : undefined;
  });
  return Promise.all(
    rows.map(({ partitionKey, rowKey }) =>
      until(`${rowKey} stamped`, async () => {
        const row = await table(name).getEntity<Row>(partitionKey, rowKey);
        const content = stamp(JSON.parse(String(row[json])));
        const more = { partitionKey, rowKey, ...COLUMNS, [json]: JSON.stringify(content) };
        try {
          await table(name).updateEntity(more, 'Merge', { etag: String(row.etag) });
          return { partitionKey, rowKey, content };
        } catch (error) {
          // The app was faster.
          if (error instanceof RestError && error.statusCode === 412) return undefined;
          throw error;
        }
      }),
    ),
  );
}

/** What this version has erased of rows that were stamped. */
async function findErasedOf(
  name: string,
  json: string,
  stamped: Awaited<ReturnType<typeof stampRows>>,
): Promise<readonly string[]> {
  const erased = await Promise.all(
    stamped.map(async ({ partitionKey, rowKey, content }) => {
      const row = await table(name).getEntity<Row>(partitionKey, rowKey);
      const columns = Object.entries(COLUMNS).filter(([one, value]) => !isDeepStrictEqual(row[one], value));
      const members = findErased(content, JSON.parse(String(row[json])));
      return [...columns.map(([one]) => `${rowKey} ${one}`), ...members.map((path) => `${rowKey} ${path}`)];
    }),
  );
  return erased.flat();
}

const isRequest =
  (requestId: string) =>
  ({ rowKey }: Row) =>
    rowKey.endsWith(`.r.${requestId}`) && !rowKey.startsWith('~');
const isPerson = ({ rowKey }: Row) => rowKey.endsWith('.p') && !rowKey.startsWith('~');

test('a request that is performed keeps what a newer version has written in it, and so do its person rows', async () => {
  addPerson(simulator.organization(), { email: 'rollout@example.com' });
  const licenses = [{ license: { name: 'Advanced Messaging' } }];
  await post('license-requests', { requestId: 'before', person: { email: 'rollout@example.com' }, licenses });
  await waitFor('license-requests/before', isIn('succeeded'));
  const people = await stampRows(TABLES.requests, 'person', isPerson);

  const more = { effectiveAt: new Date(Date.now() + 3_000).toISOString(), reason: 'joiner' };
  await post('license-requests', {
    ...{ requestId: 'during', person: { email: 'rollout@example.com' } },
    ...{ licenses: [{ license: { name: 'Webex Meetings Suite' } }], ...more },
  });
  const requests = await stampRows(TABLES.requests, 'entry', isRequest('during'));
  const places = await readRows(TABLES.requestIds, ({ rowKey }) => rowKey === 'during');
  expect(places).toHaveLength(1);
  await until('the sweep finds it due', async () => {
    await sweep();
    const shown = await waitFor('license-requests/during', () => true);
    return isIn('succeeded')(shown) ? shown : undefined;
  });
  expect(await findErasedOf(TABLES.requests, 'entry', requests)).toEqual([]);
  // The lease itself is another one.
  expect(await findErasedOf(TABLES.requests, 'person', people)).toEqual([]);
});

test('a request that waits, is cancelled or redriven keeps what a newer version has written in it', async () => {
  const person = { email: 'nobody-yet@example.com' };
  await post('license-requests', {
    ...{ requestId: 'cancelled', person, licenses: [{ license: 'Advanced Messaging' }] },
  });
  await waitFor('license-requests/cancelled', isIn('waiting'));
  const stamped = await stampRows(TABLES.requests, 'entry', isRequest('cancelled'));
  await until('another attempt', async () => {
    const { history } = await waitFor('license-requests/cancelled', () => true);
    const isRepeated = (event: { count?: number }) => (event.count ?? 1) > 1;
    return Array.isArray(history) && history.some(isRepeated) ? history : undefined;
  });
  await until('cancelled', async () => {
    const url = `${stack.apiUrl}/license-requests/cancelled/cancel`;
    return (await fetch(url, { method: 'POST', headers })).ok || undefined;
  });
  // What it waited for is over, with all that was written of it.
  const erased = await findErasedOf(TABLES.requests, 'entry', stamped);
  expect(erased.filter((path) => !path.endsWith(' /waiting'))).toEqual([]);
});

test('an HR event that is applied, and its employee, keep what a newer version has written in them', async () => {
  const created = (employeeId: string) =>
    signBambooHr(
      {
        type: 'employee.created',
        timestamp: new Date().toISOString(),
        data: { companyId: '1', employeeId },
      },
      new Date(),
    );
  const { eventKey = '' } = await sendWebhook(stack.apiUrl, created('901'));
  await waitFor(`hr-events/${eventKey}`, isIn('needs-identity'));
  const events = await stampRows(TABLES.hrEvents, 'record', ({ rowKey }) => rowKey === eventKey);
  const department = { department: 'Sales' };
  const person = { employeeId: '901', email: 'frances@example.com', attributes: department };
  await post('employees/bamboohr', { employees: [person] });
  await waitFor(`hr-events/${eventKey}`, isIn('applied'));
  expect(await findErasedOf(TABLES.hrEvents, 'record', events)).toEqual([]);

  const send = (type: string, more: object) =>
    sendWebhook(
      stack.apiUrl,
      signStandard({ type, employee: { id: 'e-9', email: 'vint@example.com' }, ...more }, new Date()),
    );
  const joined = await send('joiner', { attributes: department });
  await waitFor(`hr-events/${joined.eventKey}`, isIn('applied'));
  const later = await send('leaver', { effective: '2099-01-01' });
  await waitFor(`hr-events/${later.eventKey}`, isIn('applied'));
  const employees = await stampRows(
    TABLES.employees,
    'employee',
    (row) => row.source === 'hr' || row.source === 'bamboohr',
  );
  const moved = await send('mover', { attributes: { jobTitle: 'Lead' } });
  await waitFor(`hr-events/${moved.eventKey}`, isIn('applied', 'ignored'));
  await post('employees/bamboohr', { employees: [{ ...person, attributes: { jobTitle: 'Lead' } }] });
  // Of the newest event that took effect, the one before says nothing; what is scheduled is planned again as a whole.
  const erased = await findErasedOf(TABLES.employees, 'employee', employees);
  expect(erased.filter((path) => !/ \/(last|scheduled\/\d+)$/.test(path))).toEqual([]);
});

test('a seat pool of which a seat is taken keeps what a newer version has written in it', async () => {
  const license = [...simulator.organization().licenses.values()].find(
    ({ name }) => name === 'Webex Webinars 1000',
  );
  if (license === undefined) throw new Error('no such license');
  license.totalUnits = license.consumedUnits + 2;
  const take = async (email: string) => {
    addPerson(simulator.organization(), { email });
    const [requestId] = email.split('@');
    await post('license-requests', { requestId, person: { email }, licenses: [{ license: license.name }] });
    await waitFor(`license-requests/${requestId}`, isIn('succeeded'));
  };
  await take('seat-one@example.com');
  const pools = await stampRows(TABLES.seatPools, 'pool', ({ pool }) => String(pool).includes('seat-one'));
  expect(pools).toHaveLength(1);
  await take('seat-two@example.com');
  const [row] = await readRows(TABLES.seatPools, ({ pool }) => String(pool).includes('seat-two'));
  expect(row).toBeDefined();
  // The first seat is shown by the catalogue by now.
  const erased = await findErasedOf(TABLES.seatPools, 'pool', pools);
  expect(erased.filter((path) => !path.endsWith(' /taken/0'))).toEqual([]);
});

test('an inventory run that is gone on with keeps what a newer version has written in it', async () => {
  const service = BlobServiceClient.fromConnectionString(stack.azurite.connectionString);
  const container = service.getContainerClient(CONTAINERS.inventoryRuns);
  const read = async (blob: BlockBlobClient) => JSON.parse((await blob.downloadToBuffer()).toString('utf8'));
  simulator.script({
    ...{ method: 'GET', path: '/people', times: 1_000 },
    effect: { kind: 'status', status: 503, retryAfter: '1' },
  });
  const { runId } = await post('inventory/runs', {});
  await waitFor(`inventory/runs/${runId}`, isIn('waiting'));
  const blob = container.getBlockBlobClient(`runs/${runId}.json`);
  const stampBlob = async (one: BlockBlobClient) => {
    const { etag = '' } = await one.getProperties();
    const content = stamp(await read(one));
    const text = JSON.stringify(content);
    await one.upload(text, Buffer.byteLength(text), { conditions: { ifMatch: etag } });
    return content;
  };
  const before = await stampBlob(blob);
  const pointer = container.getBlockBlobClient('current.json');
  const pointed = await stampBlob(pointer);
  simulator.clearFaults();
  await waitFor(`inventory/runs/${runId}`, isIn('complete'));
  const erased = findErased(before, await read(blob));
  // Why it waited is over.
  expect(erased.filter((path) => path !== '/reason')).toEqual([]);
  const next = await post('inventory/runs', {});
  expect(next.runId).not.toBe(runId);
  await waitFor(`inventory/runs/${next.runId}`, isIn('complete'));
  expect(findErased(pointed, await read(pointer))).toEqual([]);
});

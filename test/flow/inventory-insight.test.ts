import { gunzipSync } from 'node:zlib';
import { beforeAll, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import * as z from 'zod';
import { LOCAL_FUNCTION_KEY } from '../../infra/local/stack.ts';
import type { License, Organization } from '../../infra/local/webex/organization.ts';
import { type InventoryAlert, inventoryAlertSchema } from '../../src/inventory/schemas/alert.ts';
import { assignmentChangeSchema, inventoryDiffSchema } from '../../src/inventory/schemas/diff.ts';
import { manifestSchema, type RunStatus, runStatusSchema } from '../../src/inventory/schemas/files.ts';
import { forecastFileSchema } from '../../src/inventory/schemas/forecast.ts';
import { historyLineSchema } from '../../src/inventory/schemas/license-history.ts';
import { createStorageClients } from '../../src/storage/clients.ts';
import { CONTAINERS, QUEUES } from '../../src/storage/names.ts';
import { createParts } from '../parts.ts';
import { type AppStack, startApp } from './start-app.ts';
import { until } from './until.ts';

/** Runs of the built app, one after another, while the organization changes: what readers learn of it. */
let stack: AppStack;
let organization: Organization;
const logged: string[] = [];
const started = createParts();
beforeAll(async () => {
  stack = await started(startApp({ onLog: ({ message }) => logged.push(message) }));
  organization = stack.simulator.organization();
});

const key = { 'x-functions-key': LOCAL_FUNCTION_KEY };
const clients = () =>
  createStorageClients({ kind: 'connection-string', connectionString: stack.azurite.connectionString });
const bytes = async (path: string, container: string = CONTAINERS.inventory) =>
  (await clients().container(container)).getBlobClient(path).downloadToBuffer();
const text = async (path: string) => (await bytes(path)).toString('utf8');

async function run(): Promise<RunStatus> {
  const begun = await fetch(`${stack.apiUrl}/inventory/runs`, { method: 'POST', headers: key });
  const location = begun.headers.get('location') ?? '';
  return until('the run', async () => {
    const answer = await fetch(`${stack.host.url}${location}`, { headers: key });
    const status = runStatusSchema.parse(await answer.json());
    return status.state === 'complete' ? status : undefined;
  });
}

/** Takes all alerts off the queue, in order. */
async function takeAlerts(): Promise<readonly InventoryAlert[]> {
  const queue = await clients().queue(QUEUES.inventoryAlerts);
  const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 });
  for (const { messageId, popReceipt } of receivedMessageItems)
    await queue.deleteMessage(messageId, popReceipt);
  return receivedMessageItems.map(({ messageText }) => inventoryAlertSchema.parse(JSON.parse(messageText)));
}
const inShort = (alerts: readonly InventoryAlert[]) =>
  alerts
    .map(({ type, data }) => `${type.split('.').at(-1)} ${data.license.name} ${data.threshold} ${data.value}`)
    .sort();

const license = (name: string, subscriptionId = 'Sub100448'): License => {
  const found = [...organization.licenses.values()].find(
    (one) => one.name === name && one.subscriptionId === subscriptionId,
  );
  if (!found) throw new Error(`no ${name}`);
  return found;
};
const person = (email: string) => {
  const found = organization.people.get(email);
  if (!found) throw new Error(`no ${email}`);
  return found;
};

test('runs say what changed, keep the history, and raise and clear each alert once', async () => {
  const calling = license('Webex Calling - Professional', 'Sub217703');
  const messaging = license('Advanced Messaging');
  const suite = license('Webex Suite', 'Sub217703');
  const attendant = license('Webex Attendant Console');

  const first = await run();
  const folder = first.folder ?? '';
  expect(inventoryDiffSchema.parse(JSON.parse(await text(`${folder}/diff.json`)))).toMatchObject({
    licenses: [],
  });
  expect(await text(`${folder}/report.html`)).toContain('This is the first run');
  expect(inShort(await takeAlerts())).toEqual([
    'raised Webex Calling - Professional percent-used 97.5',
    'raised Webex Webinars 1000 percent-used 100',
  ]);

  const asked = {
    requestId: 'hr-4711',
    person: { email: 'vint@example.com' },
    licenses: [{ license: 'Webex Webinars 1000' }],
  };
  const headers = { ...key, 'content-type': 'application/json' };
  await fetch(`${stack.apiUrl}/license-requests`, { method: 'POST', headers, body: JSON.stringify(asked) });
  await until('the request to wait for a seat', async () => {
    const answer = await fetch(`${stack.apiUrl}/license-requests/hr-4711`, { headers: key });
    return (await answer.text()).includes('no-seats') || undefined;
  });

  calling.consumedUnits = 42;
  suite.totalUnits = 50;
  organization.licenses.set(attendant.id, { ...attendant, name: '<b>Console</b>' });
  person('ada@example.com').licenses.add(messaging.id);
  person('grace@example.com').licenses.delete(messaging.id);
  const second = await run();
  expect(await takeAlerts()).toEqual([]);

  const diff = inventoryDiffSchema.parse(JSON.parse(await text(`${second.folder}/diff.json`)));
  expect(diff).toMatchObject({ runId: second.runId, previousRun: { runId: first.runId } });
  const of = ({ id }: License) => diff.licenses.find(({ licenseId }) => licenseId === id);
  expect(of(calling)).toMatchObject({
    status: 'changed',
    consumedUnits: { before: 39, after: 42, change: 3 },
    people: { gained: 0, lost: 0 },
  });
  expect(of(suite)).toMatchObject({ status: 'changed', totalUnits: { before: 30, after: 50, change: 20 } });
  expect(of(attendant)).toMatchObject({ name: '<b>Console</b>', previousName: 'Webex Attendant Console' });
  expect(of(messaging)).toMatchObject({ status: 'changed', people: { gained: 1, lost: 1 } });
  expect(diff.licenses.filter(({ status }) => status === 'changed')).toHaveLength(4);

  const changes = gunzipSync(
    await bytes(`${second.folder}/assignments-diff.ndjson.gz`, CONTAINERS.assignments),
  )
    .toString('utf8')
    .trim()
    .split('\n')
    .map((line) => assignmentChangeSchema.parse(JSON.parse(line)));
  const named = changes.map(({ change, email, licenseId }) => ({ change, email, licenseId }));
  expect(named.sort((a, b) => (a.change < b.change ? -1 : 1))).toEqual([
    { change: 'gained', email: 'ada@example.com', licenseId: messaging.id },
    { change: 'lost', email: 'grace@example.com', licenseId: messaging.id },
  ]);
  const manifest = manifestSchema.parse(JSON.parse(await text(`${second.folder}/manifest.json`)));
  expect(manifest.files.map(({ path }) => path.split('/').at(-1)).sort()).toEqual([
    'assignments-diff.ndjson.gz',
    'assignments.ndjson.gz',
    'diff.json',
    'drift.json',
    'forecast.json',
    'licenses.csv',
    'licenses.json',
    'report.html',
  ]);

  const report = await text(`v1/${second.orgId}/latest/report.html`);
  for (const said of [
    '2 over',
    '1 person gained it, 1 person lost it',
    '+20 units bought',
    '&lt;b&gt;Console&lt;/b&gt;',
    'Alerts that are on',
    '<code>hr-4711</code>',
    'for somebody else',
  ])
    expect(report).toContain(said);
  expect(report).not.toMatch(/<b>Console|example\.com|<script/);
  const forecasts = forecastFileSchema.parse(
    JSON.parse(await text(`v1/${second.orgId}/latest/forecast.json`)),
  );
  expect(forecasts.licenses.find(({ licenseId }) => licenseId === calling.id)).toMatchObject({
    freeUnits: -2,
    forecast: { kind: 'used-up' },
  });

  calling.consumedUnits = 20;
  const third = await run();
  expect(inShort(await takeAlerts())).toEqual(['cleared Webex Calling - Professional percent-used 50']);
  await run();
  expect(await takeAlerts()).toEqual([]);
  expect(logged.filter((line) => line.includes('inventory-alert-'))).toHaveLength(3);

  const month = (third.requestedAt ?? '').slice(0, 7);
  const lines = (await text(`v1/${third.orgId}/history/${month}.ndjson`))
    .trim()
    .split('\n')
    .map((line) => historyLineSchema.parse(JSON.parse(line)));
  expect(lines).toHaveLength(4 * organization.licenses.size);
  expect(
    lines.filter(({ licenseId }) => licenseId === calling.id).map(({ consumedUnits }) => consumedUnits),
  ).toEqual([39, 42, 20, 20]);
  const published = JSON.parse(await text('v1/schemas/alerts.schema.json'));
  const alerts = JSON.parse(await text(`v1/${third.orgId}/alerts.json`));
  expect(alerts).toMatchObject({ schemaVersion: 1, raised: [{ threshold: 'percent-used' }], unsent: [] });
  expect(z.fromJSONSchema(published).safeParse(alerts)).toMatchObject({ success: true });
  expect(z.fromJSONSchema(published).safeParse({ ...alerts, raised: [{}] })).toMatchObject({
    success: false,
  });
});

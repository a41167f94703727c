import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import fetch from 'node-fetch';
import { signStandard } from '../../infra/local/hr-senders.ts';
import { CONTAINERS } from '../../src/storage/names.ts';
import { createAnswerCheck } from '../answer-check.ts';
import { describeApi } from '../openapi.ts';
import { type Call, createCalls, type Described } from './api-calls.ts';
import { until } from './until.ts';
import { json, key, useApp, wants } from './use-app.ts';

/**
 * Calls each operation of the description with what its schemas allow, and with what they do not. No answer is a 500, and
 * the description allows each: its status, its media type, and all members of its body.
 */
const { stack, storage, post, waitForState } = useApp({ settings: { REMOVALS_PER_HOUR: '1' } });
const { api } = await describeApi();
const findWrong = createAnswerCheck(api);
const RUNS = 20;

const ORDER = ['GET', 'OPTIONS', 'POST', 'PUT', 'DELETE'];
/** What one call takes away from another comes last: employees after their overrides, a cause after its requests. */
const operations = Object.entries(api.paths)
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      ...{ path, method: method.toUpperCase(), described: described as Described },
    })),
  )
  .sort((a, b) => ORDER.indexOf(a.method) - ORDER.indexOf(b.method) || (a.path < b.path ? 1 : -1));

/** What there is, by the name of the member; the first is one that leads to a success. */
const there: Record<string, string[]> = {
  person: ['ada@example.com', 'grace@example.com'],
  license: ['Advanced Messaging', 'Webex Meetings Suite', 'Webex Calling - Professional'],
  source: ['hr', 'fuzz'],
  file: ['licenses.json', 'licenses.csv', 'diff.json', 'forecast.json', 'manifest.json', 'report.html'],
  type: ['not-found', 'urn:seatline:problem:too-large'],
  batch: ['fuzz'],
  cause: ['batch-held'],
  employeeId: ['e-1'],
  day: [new Date().toISOString().slice(0, 10)],
  reason: ['tried'],
};
/** The same of one operation. */
const thereFor: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'POST /people/{person}/reclaim': { person: 'alan@example.com' },
  'POST /license-requests/{requestId}/cancel': { requestId: 'fuzz-waiting' },
  'POST /license-requests/{requestId}/redrive': { requestId: 'fuzz-failed' },
  'POST /license-requests/{requestId}/approval': { requestId: 'held-too-1' },
  'GET /license-requests': { source: 'fuzz' },
  'GET /schemas/{name}': { name: 'policy.v1.json' },
  'POST /hr-events/{name}': { name: 'hr' },
  'OPTIONS /hr-events/{name}': { name: 'hr' },
};

/** An address that arrives as it is; undefined where a client would change it on the way. */
function toAddress(path: string, call: Call): string | undefined {
  const texts = Object.values(call.path);
  if (texts.some((text) => /[\ud800-\udfff]|^\.*$/u.test(text))) return undefined;
  const filled = path.replace(/\{(\w+)\}/g, (_all, name) => encodeURIComponent(call.path[name] ?? ''));
  const query = new URLSearchParams(call.query);
  const address = `${stack().apiUrl}${filled}${query.size > 0 ? `?${query}` : ''}`;
  return new URL(address).pathname === `/api${filled}` ? address : undefined;
}

const isHeader = (text: string) => /^[\x21-\x7e]{1,200}$/.test(text);

async function send(path: string, method: string, call: Call) {
  const address = toAddress(path, call);
  if (address === undefined) return undefined;
  const { body } = call;
  const asked = Object.entries(call.headers).filter(([, value]) => isHeader(value));
  const isWebhook =
    path.startsWith('/hr-events/') && method === 'POST' && call.isSigned && body !== undefined;
  const response = await fetch(address, {
    ...{ method, redirect: 'manual' },
    headers: {
      ...key,
      ...(call.mediaType !== undefined && { 'content-type': call.mediaType }),
      ...Object.fromEntries(asked),
      ...(isWebhook && signStandard(body, new Date()).headers),
    },
    ...(body !== undefined && { body }),
  });
  const mediaType = response.headers.get('content-type')?.split(';')[0];
  return { path, method, status: response.status, mediaType, body: await response.text() };
}

const { toCall, toGoodCall } = createCalls(api, there);

/** So that there is something to adopt, and to take back. */
const POLICY = `version: 1
rules: [{ name: all, licenses: [Advanced Messaging] }]
leavers: [{ name: gone, reclaim: held }]
manages: [Advanced Messaging]
`;

test('there are requests in several states, events, employees, a run, a plan, an undo and an adoption', async () => {
  const { apiUrl } = stack();
  const policies = await storage().container(CONTAINERS.policy);
  await policies.getBlockBlobClient('policy.yaml').upload(POLICY, Buffer.byteLength(POLICY));
  const ask = async (path: string, body: unknown, headers: Record<string, string> = json) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${apiUrl}${path}`, { method: 'POST', headers, body: text });
    expect(response.status).toBeLessThan(300);
    return JSON.parse(await response.text());
  };
  const batch = { batch: 'fuzz', source: 'fuzz' };
  const people = ['ada@example.com', 'grace@example.com', 'alan@example.com'];
  await post({ requests: people.map((email, at) => wants(`fuzz-${at}`, email, batch)) });
  for (const at of people.keys()) await waitForState(`fuzz-${at}`, 'succeeded');
  await post(wants('fuzz-waiting', 'late@example.com', batch));
  await post(wants('fuzz-failed', 'ada@example.com', { licenses: [{ license: 'Webex Attendant Console' }] }));
  const licenses = [{ license: 'Advanced Messaging', operation: 'remove' }];
  for (const [at, id] of ['gone-0', 'held-1', 'held-too-1'].entries()) {
    await post(wants(id, people[at], { licenses, batch: id.replace(/-\d$/, '') }));
    await waitForState(id, 'succeeded', 'waiting');
  }
  const tell = async (event: object): Promise<string> => {
    const { headers, body } = signStandard(event, new Date());
    const { events } = await ask('/hr-events/hr', body, { ...headers, 'content-type': 'application/json' });
    return events[0].eventKey;
  };
  const leaver = { id: 'e-2', email: 'alan@example.com' };
  const eventKey = await tell({ type: 'joiner', employee: { id: 'e-1', email: people[0] } });
  const keys = [eventKey, await tell({ type: 'leaver', employee: leaver, effective: '2026-01-31' })];
  const { runId } = await ask('/inventory/runs', {});
  const { planId } = await ask('/policy/plans', 'version: 1\nrules: []\n', {
    ...key,
    'content-type': 'text/plain',
  });
  const { undoId } = await ask('/undo', { batch: 'fuzz', dryRun: true });
  const read = async (path: string) =>
    JSON.parse(await (await fetch(`${apiUrl}${path}`, { headers: key })).text());
  await until('the end of the run', async () =>
    (await read(`/inventory/runs/${runId}`)).state === 'complete' ? true : undefined,
  );
  for (const one of keys)
    await until('the event', async () =>
      /applied|ignored/.test((await read(`/hr-events/${one}`)).state) ? true : undefined,
    );
  const { adoptionId } = await ask('/adoptions', { dryRun: true });
  await waitForState('fuzz-failed', 'failed');
  Object.assign(there, {
    ...{ requestId: ['fuzz-0', 'fuzz-waiting'], name: [eventKey, 'hr', 'policy.v1.json'] },
    ...{ runId: [runId], planId: [planId], undoId: [undoId], adoptionId: [adoptionId] },
  });
});

/** @returns the status, where the call could be made */
async function callAndCheck(path: string, method: string, call: Call): Promise<number | undefined> {
  const answer = await send(path, method, call);
  if (answer === undefined) return undefined;
  expect({ wrong: findWrong(answer), answer }).toEqual({ wrong: [], answer });
  expect(answer.status).not.toBe(500);
  return answer.status;
}

test.each(operations.map((one) => [`${one.method} ${one.path}`, one] as const))(
  '%s answers as it is described',
  async (name, { path, method, described }) => {
    const good = toGoodCall(described, thereFor[name]);
    // Else it would say nothing about what a success has. Work that others asked for may stand against it for a while.
    await until('a success', async () =>
      ((await callAndCheck(path, method, good)) ?? 400) < 400 ? true : undefined,
    );
    await fc.assert(
      fc.asyncProperty(toCall(described), (call) => callAndCheck(path, method, call).then(() => {})),
      { numRuns: RUNS },
    );
  },
);

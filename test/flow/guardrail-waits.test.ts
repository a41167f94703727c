import { beforeAll, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import { LOCAL_FUNCTION_KEY } from '../../infra/local/stack.ts';
import { addPerson } from '../../infra/local/webex/organization.ts';
import { requestSchema, type ShownRequest } from '../../src/cli/request-text.ts';
import { createParts } from '../parts.ts';
import { type AppStack, startApp } from './start-app.ts';
import { until } from './until.ts';

/** Requests that wait for approval because of another request of their person. */
let stack: AppStack;
const MESSAGING = 'Advanced Messaging';
const YESTERDAY = new Date(Date.now() - 86_400_000).toISOString();

const started = createParts();
beforeAll(async () => {
  stack = await started(startApp({ settings: { REMOVALS_PER_HOUR: '1' } }));
  addHolder('first@example.com');
  await submit('first', 'first@example.com', { license: MESSAGING, operation: 'remove' });
  await readWhere('first', ({ state }) => state === 'succeeded');
});

function addHolder(email: string): void {
  const organization = stack.simulator.organization();
  const messaging = [...organization.licenses.values()].find(({ name }) => name === MESSAGING);
  addPerson(organization, { email, licenses: messaging ? [messaging.id] : [] });
}

async function call(method: string, path: string, body?: object): Promise<unknown> {
  const headers = { 'x-functions-key': LOCAL_FUNCTION_KEY, 'content-type': 'application/json' };
  const text = body && { body: JSON.stringify(body) };
  const response = await fetch(`${stack.apiUrl}${path}`, { method, headers, ...text });
  expect(response.ok).toBe(true);
  return response.json();
}
const submit = (requestId: string, email: string, license: object, more: object = {}) =>
  call('POST', '/license-requests', { requestId, person: { email }, licenses: [license], ...more });
const readWhere = (id: string, isWanted: (request: ShownRequest) => boolean): Promise<ShownRequest> =>
  until(id, async () => {
    const request = requestSchema.parse(await call('GET', `/license-requests/${id}`));
    return isWanted(request) ? request : undefined;
  });
const isHeld = ({ waiting }: ShownRequest) => waiting?.for === 'needs-approval';

test.each([
  ['cancelled', (id: string) => call('POST', `/license-requests/${id}/cancel`)],
  [
    'rejected',
    (id: string) => call('POST', `/license-requests/${id}/approval`, { decision: 'reject', reason: 'no' }),
  ],
  [
    'rejected under its cause',
    (id: string) => call('POST', `/approvals/batch-${id}`, { decision: 'reject', reason: 'no' }),
  ],
])('an older addition goes on once the removal that it waits with is %s', async (name, end) => {
  const id = name.replaceAll(' ', '-');
  const email = `${id}@example.com`;
  addHolder(email);
  await submit(id, email, { license: MESSAGING, operation: 'remove' }, { batch: id });
  await readWhere(id, isHeld);
  await submit(`${id}-older`, email, { license: MESSAGING }, { effectiveAt: YESTERDAY });
  await readWhere(`${id}-older`, isHeld);
  await end(id);
  await readWhere(`${id}-older`, ({ state }) => state === 'succeeded');
});

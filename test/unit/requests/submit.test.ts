import { expect, test } from '@jest/globals';
import { createSubmit } from '../../../src/requests/submit.ts';
import { WebexFailure } from '../../../src/webex/errors/failure.ts';
import { toBody } from '../../memory/body.ts';

const silent = { info: () => undefined, warn: () => undefined };
const headers = new Map([['content-type', 'application/json']]);

test('a request whose organization may be the own one is to be sent again while Webex cannot be asked', async () => {
  const unused = () => {
    throw new Error('nothing is stored');
  };
  const submit = createSubmit({
    forecastRemovals: unused,
    requestStore: { add: unused, read: unused },
    checkNames: async () => ({ unknown: [], warnings: [] }),
    workQueue: { send: unused },
    keys: { find: unused, claim: unused },
    orgIds: [],
    ownOrg: () =>
      Promise.reject(new WebexFailure({ condition: 'webex-unavailable', remedy: 'retry', errors: [] })),
    clock: () => new Date('2026-11-24T12:00:00Z'),
    newId: () => 'id',
    instance: 'test',
  });
  const post = (orgId: string) =>
    submit(
      {
        url: 'http://localhost/api/license-requests',
        method: 'POST',
        headers: { get: (name) => headers.get(name) ?? null },
        body: toBody(
          JSON.stringify({ person: { email: 'ada@example.com' }, licenses: [{ license: 'x' }], orgId }),
        ),
      },
      silent,
    );
  expect(await post('11111111-2222-4333-8444-555555555555')).toMatchObject({
    status: 503,
    headers: { 'retry-after': '10' },
    jsonBody: { type: 'urn:seatline:problem:organization-unknown' },
  });
  expect((await post('no id')).status).toBe(400);
});

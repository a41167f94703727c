import { BlobServiceClient } from '@azure/storage-blob';
import { describe, expect, test } from '@jest/globals';
import { addPerson } from '../../infra/local/webex/organization.ts';
import { newPerson } from '../../src/hr/person.ts';
import { licenseRequestSchema } from '../../src/requests/license-request.ts';
import { encodeWorkMessage } from '../../src/requests/queue-message.ts';
import { acceptRequest } from '../../src/requests/record/accept.ts';
import { moveRequest } from '../../src/requests/record/record.ts';
import { CONTAINERS, QUEUES } from '../../src/storage/names.ts';
import { createTableHrPeople } from '../../src/storage/tables/hr-people.ts';
import { until } from './until.ts';
import { useApp, wants } from './use-app.ts';

/** The sweep of the built app. */
const { stack, simulator, logged, storage, requestStore, queue, waitForState, run, countPatches } = useApp({
  settings: { RETRY_BASE_SECONDS: '1', PERSON_NOT_FOUND_DELAYS_SECONDS: '1' },
});

describe('the sweep', () => {
  const longAgo = { at: new Date(Date.now() - 3_600_000), instance: 'dead' };

  test('may be slower than the work message that it sends: a due request is performed all the same', async () => {
    const effectiveAt = new Date(Date.now() - 1_000).toISOString();
    addPerson(simulator().organization(), { email: 'released@example.com' });
    const request = licenseRequestSchema.parse(wants('released', 'released@example.com', { effectiveAt }));
    const record = acceptRequest('released', request, longAgo);
    await requestStore().add([record]);
    await queue().sendMessage(encodeWorkMessage([record]));
    const done = await waitForState('released', 'succeeded');
    expect(done.history.map(({ state }) => state)).toEqual(['scheduled', 'working', 'succeeded']);
  });

  test('sends again what was accepted and lost its message', async () => {
    addPerson(simulator().organization(), { email: 'lost@example.com' });
    const request = licenseRequestSchema.parse(wants('lost', 'lost@example.com'));
    await requestStore().add([acceptRequest('lost', request, longAgo)]);
    await run('sweep');
    await waitForState('lost', 'succeeded');
  });

  test('hands on what a dead holder left, and Webex is read before it is changed', async () => {
    const request = licenseRequestSchema.parse(wants('left', 'grace@example.com'));
    const [added] = await requestStore().add([acceptRequest('left', request, longAgo)]);
    if (!added) throw new Error('nothing was added');
    await requestStore().replace(moveRequest(added.record, 'working', longAgo, { attempts: 1 }));
    await run('sweep');
    const done = await waitForState('left', 'succeeded');
    expect(done.results).toMatchObject([{ result: 'assigned', changed: false }]);
    expect(countPatches('grace@example.com')).toBe(0);
  });
});

test('the sweep forgets what HR said of people who left, after the retention', async () => {
  const people = createTableHrPeople(storage());
  const endedAt = new Date(Date.now() - 91 * 86_400_000);
  await people.write({ ...newPerson('long-gone', endedAt), endedAt });
  await run('sweep');
  await until('the end of the row', async () => (await people.read('long-gone')) === undefined || undefined);
});

describe('the sweep of which one part fails', () => {
  test('does all the others, and fails by the name of that part', async () => {
    const inventoryRuns = BlobServiceClient.fromConnectionString(
      stack().azurite.connectionString,
    ).getContainerClient(CONTAINERS.inventoryRuns);
    await inventoryRuns.createIfNotExists();
    const pointer = inventoryRuns.getBlockBlobClient('current.json');
    await pointer.upload('cut o', 5);
    const poison = queue(QUEUES.licenseRequestsPoison);
    await poison.createIfNotExists();
    const text = JSON.stringify(wants('behind-a-failed-part'));
    await poison.sendMessage(text);
    await run('sweep');
    expect((await waitForState('behind-a-failed-part', 'waiting')).waiting?.for).toBe('host-gave-up');
    await until('a failed run', () => logged.find((line) => /failed: inventory-runs \(/.test(line)));
    expect(logged.some((line) => line.includes('"part-failed","part":"inventory-runs"'))).toBe(true);
    await pointer.delete();
  });
});

import { beforeEach, describe, expect, test } from '@jest/globals';
import { VERSION_CONFLICT } from '../../../src/platform/version-conflict.ts';
import { licenseRequestSchema } from '../../../src/requests/license-request.ts';
import { acceptRequest } from '../../../src/requests/record/accept.ts';
import { newPerson } from '../../../src/requests/record/person.ts';
import { moveRequest, type StoredRequest } from '../../../src/requests/record/record.ts';
import { tellEnds } from '../../../src/requests/tell-ends.ts';
import { createMemoryRequestStore } from '../../memory/request-store.ts';

const at = new Date('2026-11-25T08:00:00Z');
const mover = { at, instance: 'one' };
const request = licenseRequestSchema.parse({
  person: { email: 'ada@example.com' },
  licenses: [{ license: 'x' }],
});

let told: string[];
let requestStore: ReturnType<typeof tellEnds>;
beforeEach(() => {
  told = [];
  requestStore = tellEnds(
    createMemoryRequestStore(86_400_000).requestStore,
    async (id) => void told.push(id),
  );
});

async function accept(requestId: string): Promise<StoredRequest> {
  const [added] = await requestStore.add([acceptRequest(requestId, request, mover)]);
  if (added === undefined) throw new Error('nothing was added');
  return added.record;
}

describe('the end of a license request', () => {
  test('is told once it is written, and no step before it', async () => {
    const queued = await requestStore.replace(moveRequest(await accept('one'), 'queued', mover));
    if (queued === VERSION_CONFLICT) throw new Error('a version conflict');
    expect(told).toEqual([]);
    await requestStore.replace(moveRequest(queued, 'cancelled', mover));
    expect(told).toEqual(['one']);
  });

  test('is told of each request that a worker commits together with others', async () => {
    const [ended, other, open] = [await accept('ended'), await accept('other'), await accept('open')];
    await requestStore.commit(newPerson(ended.personKey, at), [
      moveRequest(ended, 'failed', mover),
      moveRequest(other, 'superseded', mover),
      moveRequest(open, 'queued', mover),
    ]);
    expect(told.sort()).toEqual(['ended', 'other']);
  });

  test('is not told where another writer was first', async () => {
    const record = await accept('raced');
    await requestStore.replace(moveRequest(record, 'queued', mover));
    expect(await requestStore.replace(moveRequest(record, 'cancelled', mover))).toBe(VERSION_CONFLICT);
    const person = newPerson(record.personKey, at);
    expect(await requestStore.commit(person, [moveRequest(record, 'failed', mover)])).toBe(VERSION_CONFLICT);
    expect(told).toEqual([]);
  });
});

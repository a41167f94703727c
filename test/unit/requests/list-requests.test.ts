import { expect, test } from '@jest/globals';
import { NOT_PAUSED } from '../../../src/guardrails/pause.ts';
import { UnknownCursor } from '../../../src/http/cursor.ts';
import { licenseRequestSchema } from '../../../src/requests/license-request.ts';
import { createListRequests } from '../../../src/requests/list-requests.ts';
import { acceptRequest } from '../../../src/requests/record/accept.ts';
import type { RequestStore } from '../../../src/requests/store.ts';
import { createMemoryRequestStore } from '../../memory/request-store.ts';

const readPause = async () => NOT_PAUSED;

const at = new Date('2026-11-24T12:00:00Z');
const orgIds = Array.from({ length: 7 }, (_, index) => `org-${index}`);

interface Body {
  readonly items: readonly { readonly requestId: string }[];
  readonly next?: string;
}

/** Follows `next` to the end, as the command does. */
async function listAll(requestStore: Pick<RequestStore, 'list' | 'readName' | 'ofBatch'>, query: string) {
  const list = createListRequests({ requestStore, orgIds, readPause });
  const pages: string[][] = [];
  for (let next: string | undefined = query; next !== undefined; ) {
    if (pages.length > 50) throw new Error('it does not come to an end');
    const { jsonBody } = await list(new URLSearchParams(next));
    const body = jsonBody as Body;
    pages.push(body.items.map(({ requestId }) => requestId));
    next = body.next;
  }
  return pages;
}

async function createStore(perOrg: readonly number[]) {
  const { requestStore } = createMemoryRequestStore(86_400_000);
  const ids: string[] = [];
  for (const [place, count] of perOrg.entries()) {
    const orgId = [undefined, ...orgIds][place];
    const request = licenseRequestSchema.parse({
      person: { email: 'ada@example.com' },
      licenses: [{ license: 'x' }],
      ...(orgId && { orgId }),
    });
    for (let index = 0; index < count; index += 1) {
      const requestId = `r-${place}-${index}`;
      ids.push(requestId);
      await requestStore.add([acceptRequest(requestId, request, { at, instance: 'i' })]);
    }
  }
  return { requestStore, ids };
}

test.each([
  ['in none of them', [0, 0, 0]],
  ['in the own organization alone', [250, 0, 0]],
  ['in the last organization alone', [0, 0, 0, 0, 0, 0, 0, 130]],
  ['spread over all of them', [130, 1, 0, 220, 99, 100, 101, 1]],
])('the requests of a person are listed once each, %s', async (_where, perOrg) => {
  const { requestStore, ids } = await createStore(perOrg);
  const pages = await listAll(requestStore, '?person=Ada@Example.com');
  expect(pages.flat().sort()).toEqual(ids.sort());
  expect(Math.max(...pages.map(({ length }) => length))).toBeLessThanOrEqual(100);
});

test('a list goes on over pages of storage that are empty', async () => {
  const { requestStore, ids } = await createStore([5, 5]);
  const slow: RequestStore['list'] = async (filter, limit, next = 'empty-0') => {
    const [, passed] = /^empty-(\d+)$/.exec(next) ?? [];
    if (passed === undefined) return requestStore.list(filter, Math.min(limit, 2), next);
    return { records: [], unreadable: [], next: passed === '7' ? '0' : `empty-${Number(passed) + 1}` };
  };
  const pages = await listAll({ ...requestStore, list: slow }, '?person=ada@example.com');
  expect(pages.flat().sort()).toEqual(ids.sort());
});

test('a list refuses a cursor that no list returned', async () => {
  const { requestStore } = await createStore([1]);
  const list = createListRequests({ requestStore, orgIds, readPause });
  const query = new URLSearchParams('?person=ada@example.com&next=99.x');
  await expect(list(query)).rejects.toThrow(UnknownCursor);
});

test('the requests of a person are listed under each name that leads to the lease', async () => {
  const { requestStore } = createMemoryRequestStore(86_400_000);
  const add = async (requestId: string, person: object) => {
    const request = licenseRequestSchema.parse({ person, licenses: [{ license: 'x' }] });
    const [added] = await requestStore.add([acceptRequest(requestId, request, { at, instance: 'i' })]);
    return added?.record.personKey ?? '';
  };
  const lease = await add('by-address', { email: 'ada@example.com' });
  const byId = await add('by-id', { personId: 'P-ada' });
  await requestStore.commit({ personKey: lease, names: [byId], newest: {}, updatedAt: at }, []);
  await requestStore.commit({ personKey: byId, sameAs: lease, newest: {}, updatedAt: at }, []);
  for (const query of ['?person=ada@example.com', '?person=P-ada'])
    expect((await listAll(requestStore, query)).flat().sort()).toEqual(['by-address', 'by-id']);
});

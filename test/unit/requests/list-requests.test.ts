import { expect, test } from '@jest/globals';
import { licenseRequestSchema } from '../../../src/requests/license-request.ts';
import { createListRequests } from '../../../src/requests/list-requests.ts';
import { acceptRequest } from '../../../src/requests/record/accept.ts';
import type { Ledger } from '../../../src/requests/store.ts';
import { createMemoryLedger } from '../../memory/ledger.ts';

const at = new Date('2026-11-24T12:00:00Z');
const orgIds = Array.from({ length: 7 }, (_, index) => `org-${index}`);

interface Body {
  readonly items: readonly { readonly requestId: string }[];
  readonly next?: string;
}

/** Follows `next` to the end, as the command does. */
async function listAll(ledger: Pick<Ledger, 'list' | 'readName'>, query: string) {
  const list = createListRequests({ ledger, orgIds });
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

async function createLedger(perOrg: readonly number[]) {
  const { ledger } = createMemoryLedger(86_400_000);
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
      await ledger.add([acceptRequest(requestId, request, { at, instance: 'i' })]);
    }
  }
  return { ledger, ids };
}

test.each([
  ['in none of them', [0, 0, 0]],
  ['in the own organization alone', [250, 0, 0]],
  ['in the last organization alone', [0, 0, 0, 0, 0, 0, 0, 130]],
  ['spread over all of them', [130, 1, 0, 220, 99, 100, 101, 1]],
])('the requests of a person are listed once each, %s', async (_where, perOrg) => {
  const { ledger, ids } = await createLedger(perOrg);
  const pages = await listAll(ledger, '?person=Ada@Example.com');
  expect(pages.flat().sort()).toEqual(ids.sort());
  expect(Math.max(...pages.map(({ length }) => length))).toBeLessThanOrEqual(100);
});

test('a list goes on over pages of storage that are empty', async () => {
  const { ledger, ids } = await createLedger([5, 5]);
  const slow: Ledger['list'] = async (filter, limit, next = 'empty-0') => {
    const [, passed] = /^empty-(\d+)$/.exec(next) ?? [];
    if (passed === undefined) return ledger.list(filter, Math.min(limit, 2), next);
    return { entries: [], unreadable: [], next: passed === '7' ? '0' : `empty-${Number(passed) + 1}` };
  };
  const pages = await listAll({ ...ledger, list: slow }, '?person=ada@example.com');
  expect(pages.flat().sort()).toEqual(ids.sort());
});

test('a list that is asked for a place that it never named says so', async () => {
  const { ledger } = await createLedger([1]);
  const list = createListRequests({ ledger, orgIds });
  expect(await list(new URLSearchParams('?person=ada@example.com&next=99.x'))).toMatchObject({ status: 400 });
});

test('the requests of a person are listed under each name that leads to the lease', async () => {
  const { ledger } = createMemoryLedger(86_400_000);
  const add = async (requestId: string, person: object) => {
    const request = licenseRequestSchema.parse({ person, licenses: [{ license: 'x' }] });
    const [added] = await ledger.add([acceptRequest(requestId, request, { at, instance: 'i' })]);
    return added?.entry.personKey ?? '';
  };
  const lease = await add('by-address', { email: 'ada@example.com' });
  const byId = await add('by-id', { personId: 'P-ada' });
  await ledger.commit({ personKey: lease, names: [byId], newest: {}, updatedAt: at }, []);
  await ledger.commit({ personKey: byId, sameAs: lease, newest: {}, updatedAt: at }, []);
  for (const query of ['?person=ada@example.com', '?person=P-ada'])
    expect((await listAll(ledger, query)).flat().sort()).toEqual(['by-address', 'by-id']);
});

import { expect, test } from '@jest/globals';
import { findShort } from '../../../src/people/doubts.ts';
import { listOutside } from '../../../src/people/list-outside.ts';
import { newPeopleProgress, type PeopleProgress } from '../../../src/people/progress.ts';
import { createMemoryPeople } from '../../memory/people-store.ts';

const license = {
  ...{ id: 'paid', name: 'Webex Suite', subscriptionId: 'Sub1', totalUnits: 9, consumedUnits: 9 },
};
const page = (number: number) =>
  ['EXTERNAL', 'external', 'INTERNAL'].map((type, index) => ({ id: `${number}-${index}`, type }));

/** Reads who is missing of a license that has two people from outside on each of its five pages, a page at a time. */
async function readPageByPage(counted: number) {
  let progress: PeopleProgress = { ...newPeopleProgress(1), isListed: true, counts: [counted] };
  const store = createMemoryPeople();
  let session = 0;
  for (let [short] = findShort([license], progress); short; [short] = findShort([license], progress)) {
    session += 1;
    const reading = {
      ...{ store, folder: 'v1/o/r', session, isOver: () => true, progress: () => progress },
      async save(next: PeopleProgress) {
        progress = next;
      },
    };
    const pagesOf = (_id: string, { from = '0' }: { from?: string | undefined } = {}) =>
      (async function* () {
        for (let at = Number(from); at < 5; at += 1)
          yield { items: page(at), next: at < 4 ? String(at + 1) : undefined };
      })();
    await listOutside(pagesOf, reading, short);
  }
  return progress;
}

test.each([
  [5, 3, 6],
  [6, 3, 6],
  [10, 5, 10],
  [99, 5, 10],
])(
  'of %s missing holders, each from outside is counted once over invocations, until all are found',
  async (counted, pages, found) => {
    const { outside, totals, parts } = await readPageByPage(counted);
    expect(outside).toMatchObject([{ license: 0, pages, isDone: true }]);
    expect(totals).toEqual({ people: 0, outside: found, untold: 0, holders: [found] });
    expect(parts.map(({ path }) => path)).toEqual(
      Array.from({ length: pages }, (_, at) => `v1/o/r/parts/0-${at + 1}-${at}.ndjson`),
    );
  },
);

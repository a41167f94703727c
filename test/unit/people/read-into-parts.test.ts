import { setImmediate } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { newPeopleProgress, type PeopleProgress } from '../../../src/people/progress.ts';
import { PAGES_PER_PART, readIntoParts } from '../../../src/people/read-into-parts.ts';

test('what is saved with a part counts its people, not those who are read while it is written', async () => {
  const pageCount = 2 * PAGES_PER_PART + 10;
  let progress: PeopleProgress = newPeopleProgress(1);
  const saved: { readonly pages: number; readonly people: number; readonly rows: number }[] = [];
  let read = 0;
  const reading = {
    ...{ folder: 'v1/o/r', session: 1, isOver: () => false, progress: () => progress },
    store: {
      /** Until the next part is almost read. */
      async write() {
        const until = Math.min(pageCount, read + PAGES_PER_PART - 1);
        while (read < until) await setImmediate();
      },
    },
    async save(next: PeopleProgress) {
      progress = next;
      const { pages, totals, parts } = structuredClone(next);
      saved.push({ pages, people: totals.people, rows: parts.reduce((sum, { rows }) => sum + rows, 0) });
    },
  };
  async function* pages() {
    for (; read < pageCount; read += 1) {
      await setImmediate();
      yield { items: [`a${read}`, `b${read}`], next: undefined };
    }
  }
  await readIntoParts(reading, pages(), ({ items }, before, add) => {
    for (const id of items) add({ id, emails: [], licenses: [0] });
    return { ...before, pages: before.pages + 1 };
  });
  expect(saved).toEqual([25, 50, 60].map((count) => ({ pages: count, people: 2 * count, rows: 2 * count })));
  expect(progress.totals.holders).toEqual([2 * pageCount]);
});

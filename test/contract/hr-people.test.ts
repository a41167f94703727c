import { describe, expect, test } from '@jest/globals';
import { newPerson } from '../../src/hr/person.ts';
import { createTableHrPeople } from '../../src/storage/tables/hr-people.ts';
import { useShortPages, useStorage } from '../use-storage.ts';
import { readPages } from './pages.ts';

/** What the port of people whom HR knows promises, asked of its adapter on real storage. */
const storage = useStorage();
const shortPages = useShortPages();

const at = new Date('2026-11-24T12:00:00Z');

describe.each([
  { name: 'in tables', clients: storage.clients, people: 300, limit: 1 },
  { name: 'in tables with short pages', clients: shortPages.clients, people: 300, limit: 100 },
])('the people whom HR knows $name', ({ clients, people: count, limit }) => {
  const people = () => createTableHrPeople(clients());

  test('are each on one page, however many pages there are', async () => {
    const keys = Array.from({ length: count }, (_, index) => `someone-${index}`);
    const port = people();
    await Promise.all(
      keys.map((personKey, index) =>
        // Every other one has a row in the index of those who are due.
        port.write({ ...newPerson(personKey, at), ...(index % 2 === 0 && { lookAt: at }) }),
      ),
    );
    await Promise.all(keys.map((key) => port.write({ ...newPerson(`alias-of-${key}`, at), sameAs: key })));
    const pages = await readPages((next) => port.page(limit, next));
    expect(pages.flatMap(({ unreadable }) => unreadable)).toEqual([]);
    const seen = pages.flatMap((page) => page.people.map(({ personKey }) => personKey));
    expect(seen.sort()).toEqual([...keys].sort());
    expect(pages.length).toBeGreaterThan(1);
  });
});

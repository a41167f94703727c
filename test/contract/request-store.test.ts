import { describe } from '@jest/globals';
import { createTableRequestStore } from '../../src/storage/tables/request-store.ts';
import { createMemoryRequestStore } from '../memory/request-store.ts';
import { useShortPages, useStorage } from '../use-storage.ts';
import { testDue } from './request-store/due.ts';
import { RETENTION_MS } from './request-store/given.ts';
import { testHeld } from './request-store/held.ts';
import { testLists } from './request-store/lists.ts';
import { testMoves } from './request-store/moves.ts';
import { testPeople } from './request-store/people.ts';
import { testRecords } from './request-store/records.ts';
import { testRefused } from './request-store/refused.ts';

/** What the port of license requests promises, asked of each implementation. */
const storage = useStorage();
const shortPages = useShortPages();
const inMemory = createMemoryRequestStore(RETENTION_MS).requestStore;

describe.each([
  { where: 'in tables', requestStore: () => createTableRequestStore(storage.clients(), RETENTION_MS) },
  {
    where: 'in tables with short pages',
    requestStore: () => createTableRequestStore(shortPages.clients(), RETENTION_MS),
  },
  { where: 'in memory', requestStore: () => inMemory },
])('the request store $where', ({ requestStore }) => {
  testRecords(requestStore);
  testPeople(requestStore);
  testMoves(requestStore);
  testDue(requestStore);
  testLists(requestStore);
  testHeld(requestStore);
  testRefused(requestStore);
});

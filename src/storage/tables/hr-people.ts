import { type HrPeople, type Person, personSchema } from '../../hr/person.ts';
import { VERSION_CONFLICT } from '../../platform/version-conflict.ts';
import type { StorageClients } from '../clients.ts';
import { TABLES } from '../names.ts';
import { DUE, ENDED, toDueKey, toDueRange, toEndedKey, toRangeUntil } from './due-index.ts';
import { createTableRecords } from './records.ts';
import { createLayout } from './row-layout.ts';
import { toShard } from './shard.ts';

const toLocation = (personKey: string) => ({ partitionKey: toShard(personKey), rowKey: personKey });

/** The people whom HR knows, in a table. */
export function createTableHrPeople(storage: StorageClients): HrPeople {
  const records = createTableRecords<Person>(storage, {
    table: TABLES.hrPeople,
    name: 'hr-people',
    locate: ({ personKey }) => toLocation(personKey),
    layout: createLayout<Person>({
      schema: personSchema,
      key: { name: 'personKey', fromRowKey: (rowKey) => rowKey },
      columns: ['sameAs', 'lookAt', 'updatedAt'],
      json: 'person',
    }),
    index: {
      toKeys: ({ lookAt, endedAt }) => [
        ...(lookAt ? [toDueKey(lookAt)] : []),
        ...(endedAt ? [toEndedKey(endedAt)] : []),
      ],
      names: [DUE, ENDED],
    },
  });
  return {
    read: (personKey) => records.read(toLocation(personKey)),
    async write(person) {
      if (person.version !== undefined) return records.replace(person);
      const [done] = await records.add([person]);
      return done?.added ? done.record : VERSION_CONFLICT;
    },
    async due(at, limit, next) {
      const found = await records.pageByIndex(toDueRange(at), limit, next);
      return { people: found.records, unreadable: found.unreadable, next: found.next };
    },
    async ended(until, limit, next) {
      const found = await records.pageByIndex(toRangeUntil(ENDED, until), limit, next);
      return { people: found.records, unreadable: found.unreadable, next: found.next };
    },
    remove: records.remove,
    async page(limit, next) {
      // All people, each once: a policy concerns everybody. Index rows have no such column.
      const found = await records.page("updatedAt ge datetime'1970-01-01T00:00:00Z'", limit, next);
      const people = found.records.filter(({ sameAs }) => sameAs === undefined);
      return { people, unreadable: found.unreadable, next: found.next };
    },
  };
}

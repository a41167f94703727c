import { type NumberAccess, type NumberAccesses, numberAccessSchema } from '../../numbers/access.ts';
import type { NumberReservations } from '../../numbers/ports.ts';
import { type NumberReservation, numberReservationSchema, toPoolKey } from '../../numbers/reservation.ts';
import { sha256 } from '../../platform/sha256.ts';
import { MAX_RANGE } from '../../webex/extension-range.ts';
import { toCanonicalId } from '../../webex/webex-id.ts';
import type { StorageClients } from '../clients.ts';
import { TABLES } from '../names.ts';
import { DUE, type IndexRange, toDueKey, toDueRange } from './due-index.ts';
import { createTableRecords } from './records.ts';
import { createLayout } from './row-layout.ts';
import { toShard } from './shard.ts';

/** The names of the index keys of the numbers of a request, and of a person. */
const OF_REQUEST = 'request';
const OF_PERSON = 'person';
/** A request holds at most 50 items, each with an extension and a number. */
const MAX_OF_REQUEST = 100;
const MAX_OF_PERSON = 100;
/** Beside a range: the numbers of a location that were given. */
const MAX_OF_POOL = 2 * MAX_RANGE;

const toHash = (text: string) => sha256(text).slice(0, 24);
const toPersonHash = (personId: string) => toHash(toCanonicalId('PEOPLE', personId));

/** Numbers of one length sort by their value. */
const toNumberKey = (number: string) => `${`${number.length}`.padStart(2, '0')}.${number}`;

const toLocation = (reservation: NumberReservation) => {
  const poolKey = toPoolKey(reservation);
  return {
    partitionKey: toShard(poolKey),
    rowKey: `${poolKey}.${toNumberKey(reservation.number.replace(/\W/g, ''))}`,
  };
};

function toKeys({ state, requestId, item, personId, checkAt }: NumberReservation): readonly string[] {
  return [
    ...(checkAt ? [toDueKey(checkAt)] : []),
    ...(state === 'reserved' ? [`${OF_REQUEST}.${toHash(requestId)}.${item}`] : []),
    ...(state === 'given' && personId !== undefined ? [`${OF_PERSON}.${toPersonHash(personId)}.`] : []),
  ];
}

/** `/` sorts after the dot. */
const toHashRange = (name: string, hash: string): IndexRange => ({
  name,
  from: `${hash}.`,
  before: `${hash}/`,
});

/** What is noted of extensions and phone numbers, in a table: a row for each, so that two writers of one conflict. */
export function createTableNumberReservations(storage: StorageClients): NumberReservations {
  const records = createTableRecords<NumberReservation>(storage, {
    table: TABLES.numbers,
    name: 'numbers',
    locate: toLocation,
    layout: createLayout({ schema: numberReservationSchema, json: 'number' }),
    index: { toKeys, names: [DUE, OF_REQUEST, OF_PERSON] },
  });
  return {
    async ofPool(pool) {
      const poolKey = toPoolKey(pool);
      const { range } = pool;
      const toEnd = (number: number) =>
        `${poolKey}.${toNumberKey(`${number}`.padStart(range?.digits ?? 0, '0'))}`;
      const within = range
        ? `RowKey ge '${toEnd(range.first)}' and RowKey le '${toEnd(range.last)}'`
        : `RowKey ge '${poolKey}.' and RowKey lt '${poolKey}/'`;
      const filter = `PartitionKey eq '${toShard(poolKey)}' and ${within}`;
      return (await records.all(filter, MAX_OF_POOL)).records;
    },
    async ofRequest(requestId) {
      const range = toHashRange(OF_REQUEST, toHash(requestId));
      return (await records.firstByIndex(range, MAX_OF_REQUEST)).records;
    },
    async ofPerson(personId) {
      const range = toHashRange(OF_PERSON, toPersonHash(personId));
      return (await records.firstByIndex(range, MAX_OF_PERSON)).records;
    },
    write: (reservation) => records.replace(reservation),
    remove: (reservation) => records.remove(reservation),
    async due(at, limit, next) {
      const page = await records.pageByIndex(toDueRange(at), limit, next);
      return { reservations: page.records, next: page.next };
    },
  };
}

const ACCESS = 'access';
const MAX_ACCESSES = 200;
const toAccessLocation = (orgId = '') => ({ partitionKey: ACCESS, rowKey: toHash(orgId) });

/** What Webex refuses to tell, in the same table: a row for each organization. */
export function createTableNumberAccesses(storage: StorageClients): NumberAccesses {
  const records = createTableRecords<NumberAccess>(storage, {
    table: TABLES.numbers,
    name: 'numbers-access',
    locate: ({ orgId }) => toAccessLocation(orgId),
    layout: createLayout({ schema: numberAccessSchema, json: 'access' }),
  });
  return {
    read: (orgId) => records.read(toAccessLocation(orgId)),
    write: (access) => records.replace(access),
    all: async () => (await records.all(`PartitionKey eq '${ACCESS}'`, MAX_ACCESSES)).records,
  };
}

import type { NumberAccess, NumberAccesses, StoredNumberAccess } from '../../src/numbers/access.ts';
import type { NumberReservations } from '../../src/numbers/ports.ts';
import { isOfPool, type StoredNumberReservation, toPoolKey } from '../../src/numbers/reservation.ts';
import { VERSION_CONFLICT } from '../../src/platform/version-conflict.ts';
import type { NumberDeps } from '../../src/worker/attempt/choose-numbers.ts';
import type { Worker } from '../../src/worker/worker.ts';
import { atOnce, type Effect } from './request-store.ts';

/** For tests in which no extension or number is asked for. */
export const NO_NUMBERS: NumberDeps['numbers'] & Worker['numbers'] = {
  choose: async () => {
    throw new Error('no number is asked for');
  },
  refuse: async () => {},
  settle: async () => {},
  free: async () => {},
};

/** What is noted of numbers, in memory, with the same steps as in Azure Tables. */
export function createMemoryNumberReservations(effect: Effect = atOnce): NumberReservations {
  const rows = new Map<string, StoredNumberReservation>();
  let versions = 0;
  const toKey = (one: Pick<StoredNumberReservation, 'locationId' | 'kind' | 'number'>) =>
    `${toPoolKey(one)} ${one.number}`;
  const all = () => [...rows.values()].sort((a, b) => (a.number < b.number ? -1 : 1));
  const read = <T>(name: string, apply: () => T) => effect(`numbers.${name}`, () => structuredClone(apply()));
  return {
    ofPool: (pool) => read('ofPool', () => all().filter((one) => isOfPool(one, pool))),
    ofRequest: (requestId) =>
      read('ofRequest', () => all().filter((one) => one.state === 'reserved' && one.requestId === requestId)),
    ofPerson: (personId) =>
      read('ofPerson', () => all().filter((one) => one.state === 'given' && one.personId === personId)),
    write: (reservation) =>
      effect('numbers.write', () => {
        const { version, ...row } = { version: undefined, ...reservation };
        if (rows.get(toKey(row))?.version !== version) return VERSION_CONFLICT;
        versions += 1;
        const stored = { ...structuredClone(row), version: `${versions}` };
        rows.set(toKey(row), stored);
        return stored;
      }),
    remove: (reservation) => effect('numbers.remove', () => rows.delete(toKey(reservation))),
    due: (at) =>
      read('due', () => ({
        reservations: all().filter(({ checkAt }) => checkAt !== undefined && checkAt <= at),
        next: undefined,
      })),
  };
}

export function createMemoryNumberAccesses(): NumberAccesses {
  const rows = new Map<string, StoredNumberAccess>();
  return {
    read: async (orgId = '') => rows.get(orgId),
    async write({ orgId = '', ...access }: NumberAccess) {
      const stored = { ...access, ...(orgId !== '' && { orgId }), version: '1' };
      rows.set(orgId, stored);
      return stored;
    },
    all: async () => [...rows.values()],
  };
}

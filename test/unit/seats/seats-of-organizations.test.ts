import { expect, test } from '@jest/globals';
import { licenseRequestSchema } from '../../../src/requests/license-request.ts';
import { acceptRequest } from '../../../src/requests/record/accept.ts';
import type { StoredSeatPool } from '../../../src/seats/pool.ts';
import { createSeats } from '../../../src/seats/seats.ts';
import { WebexFailure } from '../../../src/webex/errors/failure.ts';

const at = new Date('2026-11-24T12:00:00Z');
const clock = () => at;

test('an organization whose catalogue cannot be read keeps the seats of no other one from being woken', async () => {
  const toPool = (licenseId: string, orgId: string): StoredSeatPool => {
    return { licenseId, orgId, freeUnits: 0, readAt: new Date(0), taken: [], awaitedAt: at, version: '1' };
  };
  const pools = [toPool('L1', 'away'), toPool('L2', 'away'), toPool('L3', 'well'), toPool('L4', 'away')];
  const readings: string[] = [];
  const readSince = async (_since: Date, orgId = '') => {
    readings.push(orgId);
    if (orgId === 'away') throw new WebexFailure({ condition: 'unavailable', remedy: 'retry', errors: [] });
    const licenses = [{ id: 'L3', name: 'Suite', subscriptionId: 's', totalUnits: 5, consumedUnits: 4 }];
    return { licenses, startedAt: at };
  };
  const waiting = (licenseId: string) => {
    const person = { email: `${licenseId}@example.com` };
    const request = licenseRequestSchema.parse({ person, licenses: [{ license: licenseId }] });
    return { ...acceptRequest(`for-${licenseId}`, request, { at, instance: 'i' }), version: '1' };
  };
  const woken: string[] = [];
  const warned: string[] = [];
  const seats = createSeats({
    pools: {
      read: async (licenseId) => pools.find((pool) => pool.licenseId === licenseId),
      write: async (pool) => ({ ...pool, version: '2' }),
      awaited: async () => pools,
      purge: async () => ({ purged: 0, unreadable: [], next: undefined }),
    },
    catalogue: { licenses: async () => [], refresh: async () => [], readSince },
    requestStore: { waitingForSeats: async (licenseId) => [waiting(licenseId)] },
    messages: { send: async ({ requestId }) => void woken.push(requestId) },
    policy: { otherwise: 'wait', byLicense: new Map() },
    ...{ clock, instance: 'i' },
  });
  await seats.wakeAll({ info: () => {}, warn: (event) => warned.push(event) });
  expect(woken).toEqual(['for-L3']);
  // Each pool of that organization would wait for the same answer.
  expect(readings).toEqual(['away', 'well']);
  expect(warned).toEqual(['seats-not-checked']);
});

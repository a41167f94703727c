import { expect, test } from '@jest/globals';
import { licenseRequestSchema } from '../../../../src/requests/license-request.ts';
import { acceptRequest } from '../../../../src/requests/record/accept.ts';
import { toGroup } from '../../../../src/worker/lease/person-lease.ts';

const start = new Date('2026-11-24T12:00:00Z').getTime();
const later = (seconds: number) => new Date(start + seconds * 1_000);

function toEntry(requestId: string, acceptedAfter: number, more: object = {}) {
  const person = { email: 'ada@example.com' };
  const request = licenseRequestSchema.parse({ person, licenses: [{ license: 'x' }], ...more });
  const record = acceptRequest(requestId, request, { at: later(acceptedAfter), instance: 'test' });
  return { ...record, state: 'queued' as const, version: '1' };
}

test('who was announced long ago and takes effect now is among the newest of a crowd', () => {
  const announced = toEntry('announced', -3_600, { effectiveAt: later(900).toISOString() });
  const crowd = Array.from({ length: 40 }, (_, index) => toEntry(`r${index}`, index));
  const fits = (records: readonly object[]) => records.length < 20;
  const lead = toEntry('lead', 0);
  const group = toGroup(lead, [...crowd, announced], fits).map(({ requestId }) => requestId);
  expect(group).toHaveLength(19);
  expect(group.slice(0, 3)).toEqual(['lead', 'announced', 'r39']);
});

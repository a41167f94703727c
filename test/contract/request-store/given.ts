import { licenseRequestSchema } from '../../../src/requests/license-request.ts';
import { acceptRequest } from '../../../src/requests/record/accept.ts';
import type { StoredRequest } from '../../../src/requests/record/record.ts';
import type { RequestStore } from '../../../src/requests/store.ts';
import { readPages } from '../pages.ts';

/** The time at which the requests of these suites are accepted. */
export const at = new Date('2026-11-24T12:00:00Z');
export const later = (seconds: number): Date => new Date(at.getTime() + seconds * 1_000);
export const RETENTION_MS = 86_400_000;
/** Who moves a request, and when. */
export const mover = { at, instance: 'test' };

export const request = licenseRequestSchema.parse({
  person: { email: 'zoe@example.com' },
  licenses: [{ license: 'Größe 日本', properties: { extension: '1' } }],
  reason: 'joiner',
});
/** The request for another person. */
export const requestFor = (local: string): typeof request => ({
  ...request,
  person: { email: `${local}@example.com` },
});

/** Adds a request, for the person of `request` or another one. */
export async function addRequest(
  requestStore: RequestStore,
  requestId: string,
  asked = request,
): Promise<StoredRequest> {
  const [added] = await requestStore.add([acceptRequest(requestId, asked, mover)]);
  if (!added) throw new Error('nothing was added');
  return added.record;
}
export const addFor = (
  requestStore: RequestStore,
  requestId: string,
  local: string,
): Promise<StoredRequest> => addRequest(requestStore, requestId, requestFor(local));

/** The ids of all requests that are due by a time. */
export async function readDue(requestStore: RequestStore, by: Date): Promise<readonly string[]> {
  const pages = await readPages((next) => requestStore.due(by, 1_000, next));
  return pages.flatMap(({ records }) => records.map(({ requestId }) => requestId));
}

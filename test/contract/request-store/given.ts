import type { Purge } from '../../../src/platform/purge.ts';
import { licenseRequestSchema } from '../../../src/requests/license-request.ts';
import { acceptRequest } from '../../../src/requests/record/accept.ts';
import type { StoredRequest } from '../../../src/requests/record/record.ts';
import type { RequestStore } from '../../../src/requests/store.ts';

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

/** All pages, one after the other. */
export async function readPages<P extends { readonly next?: string | undefined }>(
  read: (next?: string) => Promise<P>,
): Promise<readonly P[]> {
  const pages: P[] = [];
  do pages.push(await read(pages.at(-1)?.next));
  while (pages.at(-1)?.next !== undefined);
  return pages;
}

/** The ids of all requests that are due by a time. */
export async function readDue(requestStore: RequestStore, by: Date): Promise<readonly string[]> {
  const pages = await readPages((next) => requestStore.due(by, 1_000, next));
  return pages.flatMap(({ records }) => records.map(({ requestId }) => requestId));
}

/** @returns how many records were removed */
export async function purgeAll({ purge }: { readonly purge: Purge }, by: Date): Promise<number> {
  const pages = await readPages((next) => purge(by, 100, next));
  return pages.reduce((sum, { purged }) => sum + purged, 0);
}

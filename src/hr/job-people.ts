import { toNextQuery, UnknownCursor } from '../http/cursor.ts';
import type { HttpAnswer } from '../http/problem.ts';
import type { JobStore } from '../platform/jobs.ts';

/** What names people is kept by no cache. */
const NO_STORE = { 'cache-control': 'no-store' };

/**
 * The people that a job has written as lines of parts: a part is a page.
 * @param parts how many there are so far
 * @param query the `next` of the page before
 * @throws {UnknownCursor}
 */
export async function readJobPeople(
  jobs: Pick<JobStore, 'readPart'>,
  jobId: string,
  parts: number,
  query: URLSearchParams,
): Promise<HttpAnswer> {
  const next = query.get('next') ?? '0';
  if (!/^\d{1,6}$/.test(next)) throw new UnknownCursor();
  const part = Number(next);
  const text = part < parts ? await jobs.readPart(jobId, part) : undefined;
  const items: readonly unknown[] = text ? text.split('\n').map((line) => JSON.parse(line)) : [];
  const more = part + 1 < parts && { next: toNextQuery({}, String(part + 1)) };
  return { status: 200, headers: NO_STORE, jsonBody: { items, ...more } };
}

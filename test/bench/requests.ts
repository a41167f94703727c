import pMap from 'p-map';

const MAX_BATCH = 500;
export const LICENSE = 'Advanced Messaging';
/** For the first request of a person: the measured one, for another license, finds the person known. */
export const FIRST_LICENSE = 'Webex Meetings Suite';

/** License requests of about 1 KB, each for a person of its own unless `people` says for how many. */
export function createRequests(count: number, first = 0, people = Number.POSITIVE_INFINITY) {
  return Array.from({ length: count }, (_, index) => ({
    version: 1,
    person: { email: toEmail((first + index) % people) },
    licenses: [{ license: LICENSE, operation: 'add' }],
    reason: 'joiner '.padEnd(190, 'of the bench '),
    source: 'bench',
  }));
}

/** A request for each of these people, as `createRequests` names them, after which their names are known. */
export const createFirstRequests = (count: number, first = 0) =>
  createRequests(count, first).map((request) => ({
    ...request,
    licenses: [{ license: FIRST_LICENSE, operation: 'add' }],
  }));

/** In bodies as large as the API takes them. */
export const toBatches = <T>(requests: readonly T[]): readonly { readonly requests: readonly T[] }[] =>
  Array.from({ length: Math.ceil(requests.length / MAX_BATCH) }, (_, batch) => ({
    requests: requests.slice(batch * MAX_BATCH, (batch + 1) * MAX_BATCH),
  }));

export const toEmail = (number: number): string => `person-${number}@example.com`;

/** Does something with each item, `atOnce` at a time. */
export const at = <T, R>(
  atOnce: number,
  items: readonly T[],
  act: (item: T) => Promise<R>,
): Promise<readonly R[]> => pMap(items, act, { concurrency: atOnce });

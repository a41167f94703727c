import pMap from 'p-map';

export const LICENSE = 'Advanced Messaging';

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

export const toEmail = (number: number): string => `person-${number}@example.com`;

/** Does something with each item, `atOnce` at a time. */
export const at = <T, R>(
  atOnce: number,
  items: readonly T[],
  act: (item: T) => Promise<R>,
): Promise<readonly R[]> => pMap(items, act, { concurrency: atOnce });

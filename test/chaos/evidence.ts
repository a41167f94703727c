import type { StoredRequest } from '../../src/requests/record/record.ts';
import { type FindOwner, findName } from './spelling.ts';
import type { Seen } from './watch.ts';
import { ALL_LICENSES, type LicenseName } from './workload.ts';

interface Answer {
  readonly place: number;
  readonly names: ReadonlySet<LicenseName>;
}

/**
 * Requests that say `assigned` or `removed` of a license, and no answer of Webex that a host had between the first
 * attempt and the end shows it so.
 */
export function findUnproven(
  records: readonly StoredRequest[],
  seen: readonly Seen[],
  nameOf: (id: string) => LicenseName | undefined,
  findOwner: FindOwner,
): readonly string[] {
  const begunAt = new Map<string, number>();
  const endedAt = new Map<string, number>();
  const answers = new Map<string, Answer[]>();
  for (const [place, one] of seen.entries()) {
    if (one.kind === 'begun') for (const id of one.requestIds) begunAt.set(id, begunAt.get(id) ?? place);
    else if (one.kind === 'ended') for (const id of one.requestIds) endedAt.set(id, place);
    else if (one.kind === 'answer') {
      const names = new Set(one.licenseIds.flatMap((id) => nameOf(id) ?? []));
      answers.set(one.email, [...(answers.get(one.email) ?? []), { place, names }]);
    }
  }
  return records.flatMap(({ requestId, request, results }) => {
    const told = answers.get((request && findOwner(request.person)) ?? '') ?? [];
    const from = begunAt.get(requestId) ?? 0;
    const until = endedAt.get(requestId) ?? seen.length;
    const own = told.filter(({ place }) => from <= place && place <= until);
    return (request?.licenses ?? []).flatMap(({ license: reference, operation }, index) => {
      const result = results[index]?.result;
      const license = findName(reference, ALL_LICENSES);
      if (license === undefined || (result !== 'assigned' && result !== 'removed')) return [];
      const isShown = own.some(({ names }) => names.has(license) === (result === 'assigned'));
      const isAsked = (result === 'assigned') === (operation === 'add');
      return isShown && isAsked ? [] : [`${requestId} ${result} ${license}`];
    });
  });
}

import { toEffectiveAt } from '../../requests/record/due.ts';
import type { RequestRecord } from '../../requests/record/record.ts';
import { isInCallingRules } from '../../webex/calling-rules.ts';
import { isPersonalCalling, isPrerequisite, type License } from '../../webex/license.ts';
import { type Choice, isSite, type OwnerOf } from './references.ts';

/**
 * Splits the choices of several requests into batches, each sent in one call. Requests that Webex checks independently
 * share a batch. Where its answer to a request depends on the changes of another, each has a batch, in the order of the
 * requests: the result is that of separate calls. Sites are last, since a license that another request removes may end
 * the access to a site.
 */
export function toBatches(choices: readonly Choice[], ownerOf: OwnerOf): readonly (readonly Choice[])[] {
  const [sites, licenses] = [choices.filter(isSite), choices.filter((choice) => !isSite(choice))];
  const requests = [...new Set(licenses.map(({ item }) => ownerOf(item)))].map((record) => ({
    record,
    own: licenses.filter(({ item }) => ownerOf(item) === record),
  }));
  const ordered = requests.sort(byEffect).map(({ own }) => own);
  const hasPrerequisite = choices.some(mayBe(isPrerequisite));
  const dependent = ordered.filter((own) => hasPrerequisite || own.some(mayBe(isInCallingRules)));
  const [first = [], ...rest] = dependent;
  if (rest.length === 0) return [[...ordered.flat(), ...sites]];
  const independent = ordered.filter((own) => !dependent.includes(own));
  const last = rest.pop() ?? [];
  return [[...independent.flat(), ...first], ...rest, [...last, ...sites]];
}

const mayBe =
  (isKind: (license: License) => boolean) =>
  ({ candidates }: Choice) =>
    candidates.some(isKind);

interface Request {
  readonly record: RequestRecord;
  readonly own: readonly Choice[];
}

/**
 * By the time at which requests are effective. At the same time: removals first, then Calling licenses, then the others,
 * which may need one of them.
 */
const byEffect = ({ record: a, own: ofA }: Request, { record: b, own: ofB }: Request): number =>
  toEffectiveAt(a).getTime() - toEffectiveAt(b).getTime() ||
  a.acceptedAt.getTime() - b.acceptedAt.getTime() ||
  toRank(ofA) - toRank(ofB) ||
  (a.requestId < b.requestId ? -1 : 1);

function toRank(choices: readonly Choice[]): number {
  const additions = choices.filter(({ item }) => item.operation === 'add');
  if (additions.length === 0) return 0;
  return additions.some(mayBe(isPersonalCalling)) || additions.some(mayBe(isPrerequisite)) ? 1 : 2;
}

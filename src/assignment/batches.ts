import { type LedgerEntry, toEffectiveAt } from '../ledger/entry.ts';
import type { Item } from '../ledger/items.ts';
import { isInCallingRules } from '../webex/calling-rules.ts';
import { isPersonalCalling, isPrerequisite, type License } from '../webex/license.ts';
import type { Choice } from './choose.ts';

/**
 * Splits what several requests ask for into batches, each sent in one call, one after the other. Requests that Webex
 * judges independently of each other go together. Where Webex's answer to one depends on what another changes, each
 * goes by itself, in the order of the requests: the result is the same as if they had come minutes apart. Access to
 * sites goes last, since it may be lost with a license that another request removes.
 */
export function toBatches(
  choices: readonly Choice[],
  entryOf: (item: Item) => LedgerEntry,
): readonly (readonly Choice[])[] {
  const byEntry = new Map<LedgerEntry, Choice[]>();
  const [sites, licenses] = [choices.filter(isSite), choices.filter((choice) => !isSite(choice))];
  for (const choice of licenses) {
    const entry = entryOf(choice.item);
    byEntry.set(entry, [...(byEntry.get(entry) ?? []), choice]);
  }
  const ordered = [...byEntry].sort(byEffect).map(([, asked]) => asked);
  const hasPrerequisite = choices.some(isOf(isPrerequisite));
  const dependent = ordered.filter((asked) => hasPrerequisite || asked.some(isOf(isInCallingRules)));
  const [first = [], ...rest] = dependent;
  if (rest.length === 0) return [[...ordered.flat(), ...sites]];
  const independent = ordered.filter((asked) => !dependent.includes(asked));
  const last = rest.pop() ?? [];
  return [[...independent.flat(), ...first], ...rest, [...last, ...sites]];
}

const isSite = ({ item }: Choice): boolean => item.kind === 'site';

const isOf =
  (isKind: (license: License) => boolean) =>
  ({ candidates }: Choice) =>
    candidates.some(isKind);

type Asked = readonly [entry: LedgerEntry, choices: readonly Choice[]];

/**
 * In the order in which requests take effect. At the same moment: removals first, then Calling licenses, then the rest,
 * which may need one of them.
 */
const byEffect = ([a, ofA]: Asked, [b, ofB]: Asked): number =>
  toEffectiveAt(a).getTime() - toEffectiveAt(b).getTime() ||
  a.acceptedAt.getTime() - b.acceptedAt.getTime() ||
  toRank(ofA) - toRank(ofB) ||
  (a.requestId < b.requestId ? -1 : 1);

function toRank(choices: readonly Choice[]): number {
  const additions = choices.filter(({ item }) => item.operation === 'add');
  if (additions.length === 0) return 0;
  return additions.some(isOf(isPersonalCalling)) || additions.some(isOf(isPrerequisite)) ? 1 : 2;
}

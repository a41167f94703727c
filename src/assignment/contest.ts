import { type Asked, isNewer, type Person } from '../ledger/person.ts';
import type { License } from '../webex/license.ts';
import { toComparableName } from '../webex/license-name.ts';
import type { Choice } from './choose.ts';

/** A choice with who asked for it. */
export interface Wish {
  readonly choice: Choice;
  readonly asked: Asked;
}

/** What becomes of a wish where others ask for the same license or site. */
export type Verdict =
  | { readonly kind: 'goes' }
  /** A newer request said otherwise, and is settled. */
  | { readonly kind: 'superseded'; readonly by: string }
  /** A newer request says otherwise: it counts once that one is settled, and not if it is cancelled before. */
  | { readonly kind: 'yields'; readonly to: Wish }
  /** Another request asks for the same: its change is this one's too. */
  | { readonly kind: 'shares'; readonly with: Wish };

/**
 * By which a wish is known among those for one person: the license's id once it is chosen, and the name that was
 * asked for, since a name may mean one of several licenses.
 */
export function toKeys({ item, candidates }: Choice, license?: License): readonly string[] {
  if (item.kind === 'site') return [`site ${item.siteUrl}`];
  const [only] = candidates.length === 1 ? candidates : [license];
  const { reference } = item;
  const named = typeof reference === 'string' ? { name: reference } : reference;
  const { name, subscriptionId = '', siteUrl = '' } = { subscriptionId: '', siteUrl: '', ...named };
  return [
    `name ${toComparableName(name)} ${subscriptionId} ${siteUrl}`.trimEnd(),
    ...(only ? [`id ${only.id}`] : []),
  ];
}

/**
 * Decides between wishes of one person: the newest effective one wins, against what was settled before as against
 * the others; a tie goes to what takes away.
 * @param keysOf the keys of a wish, as far as they are known by now
 */
export function contest(
  wishes: readonly Wish[],
  { newest }: Pick<Person, 'newest'>,
  keysOf: (wish: Wish) => readonly string[],
): ReadonlyMap<Wish, Verdict> {
  const winners = new Map<string, Wish>();
  const verdicts = new Map<Wish, Verdict>();
  // The newest first: each one meets only those that may overrule it.
  const ordered = [...wishes].sort((a, b) =>
    isNewer(a.asked, b.asked) ? -1 : isNewer(b.asked, a.asked) ? 1 : 0,
  );
  for (const wish of ordered) {
    const keys = keysOf(wish);
    const settled = keys.flatMap((key) => newest[key] ?? []).find((one) => overrules(one, wish.asked));
    const rival = keys.map((key) => winners.get(key)).find((one) => one !== undefined);
    if (settled) verdicts.set(wish, { kind: 'superseded', by: settled.requestId });
    else if (rival === undefined) verdicts.set(wish, { kind: 'goes' });
    else if (rival.asked.operation === wish.asked.operation)
      verdicts.set(wish, { kind: 'shares', with: rival });
    else verdicts.set(wish, { kind: 'yields', to: rival });
    if (verdicts.get(wish)?.kind === 'goes') for (const key of keys) winners.set(key, wish);
  }
  return verdicts;
}

const overrules = (settled: Asked, asked: Asked) =>
  settled.requestId !== asked.requestId && isNewer(settled, asked);

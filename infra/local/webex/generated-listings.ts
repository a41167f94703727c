import { type License, type Organization, toId, toUuid } from './organization.ts';

export interface ListingsSize {
  readonly licenses: number;
  /** All listings together; the first license has the most holders, the last one the fewest or none. */
  readonly assignments: number;
  readonly seed: number;
}

/** Somebody who holds a license, as its listing shows them. */
export interface Holder {
  readonly id: string;
  readonly type: 'INTERNAL';
  readonly displayName: string;
  readonly email: string;
}

/**
 * An organization whose licenses have long listings, of people who are made up page by page: a million of them cost
 * no memory. Nobody of them can be found or changed.
 */
export function generateListings({ licenses, assignments, seed }: ListingsSize): Organization {
  const org = toUuid(`listings ${seed}`);
  const rows = new Map<string, License>();
  const weights = Array.from({ length: licenses }, (_, index) => (licenses - 1 - index) / 4 + licenses);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let left = assignments;
  for (const [index, weight] of weights.entries()) {
    const isLast = index === licenses - 1;
    const holders = isLast ? left : Math.min(left, Math.floor((assignments * weight) / total));
    left -= holders;
    const id = toId(`LICENSE/${org}:MS_${toUuid(`listing ${seed} ${index}`)}`);
    rows.set(id, {
      id,
      name: `Advanced Messaging ${index}`,
      kind: 'messaging',
      totalUnits: assignments,
      consumedUnits: holders,
      workspaces: 0,
      subscriptionId: `Sub${100_000 + index}`,
      madeUpHolders: holders,
    });
  }
  return {
    id: toId(`ORGANIZATION/${org}`),
    licenses: rows,
    people: new Map(),
    aliases: new Map(),
    locationIds: new Set(),
    siteUrls: new Set(),
  };
}

/** The holders of one page: the same people at the same places of each listing. */
export function toMadeUpHolders(count: number, offset: number, limit: number): readonly Holder[] {
  return Array.from({ length: Math.max(0, Math.min(limit, count - offset)) }, (_, index) => {
    const number = offset + index;
    const uuid = `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
    const email = `person-${number}@example.com`;
    return { id: toId(`PEOPLE/${uuid}`), type: 'INTERNAL', displayName: `Person ${number}`, email };
  });
}

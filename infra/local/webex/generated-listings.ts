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
    features: new Map(),
    numbers: new Map(),
  };
}

/**
 * An organization of people who are made up page by page, each with every license: a million of them cost no memory.
 * Nobody of them can be found or changed.
 */
export function generatePeople(people: number, licenses: number, seed: number): Organization {
  const organization = generateListings({ licenses, assignments: 0, seed });
  for (const license of organization.licenses.values())
    Object.assign(license, { totalUnits: people, consumedUnits: people, madeUpHolders: people });
  return { ...organization, madeUpPeople: people };
}

/** The holders of one page: the same people at the same places of each listing. */
export const toMadeUpHolders = (count: number, offset: number, limit: number): readonly Holder[] =>
  toNumbers(count, offset, limit).map((number) => ({ ...toNamed(number), type: 'INTERNAL' }));

/** The people of one page of the list of people, who are those of `toMadeUpHolders`. */
export function toMadeUpPeople(
  { id: orgId, licenses, madeUpPeople = 0 }: Organization,
  offset: number,
  limit: number,
) {
  const held = [...licenses.keys()];
  return toNumbers(madeUpPeople, offset, limit).map((number) => {
    const { id, displayName, email } = toNamed(number);
    return {
      ...{ id, emails: [email, `alias-${number}@example.com`], displayName, orgId, licenses: held },
      ...{
        created: '2026-01-05T08:00:00.000Z',
        type: 'person',
        invitePending: 'false',
        loginEnabled: 'true',
      },
    };
  });
}

const toNumbers = (count: number, offset: number, limit: number): readonly number[] =>
  Array.from({ length: Math.max(0, Math.min(limit, count - offset)) }, (_, index) => offset + index);

function toNamed(number: number) {
  const uuid = `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
  const email = `person-${number}@example.com`;
  return { id: toId(`PEOPLE/${uuid}`), displayName: `Person ${number}`, email };
}

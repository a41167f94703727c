import { addPerson, type Kind, type License, type Organization, toId, toUuid } from './organization.ts';

export interface Size {
  readonly people: number;
  /** Rows of the catalogue, the free ones among them. */
  readonly licenses: number;
  /** The same seed gives the same organization. */
  readonly seed: number;
}

type Product = readonly [name: string, kind: Kind, type: string, share: number];

/** What everybody has; the rest of the catalogue repeats what is sold, in one subscription after another. */
const FREE: readonly Product[] = [
  ['Basic Messaging', 'messaging-basic', 'FMS', 1],
  ['Basic Space Meetings', 'meetings-basic', 'FTM', 1],
  ['Screen Share', 'screen-share', 'FSS', 1],
];
/** With the share of all people who hold one. */
const SOLD: readonly Product[] = [
  ['Advanced Messaging', 'messaging', 'MS', 0.9],
  ['Webex Meetings Suite', 'meetings', 'EE', 0.6],
  ['Webex Calling - Professional', 'calling-professional', 'BCSTD', 0.4],
  ['Webex Webinars 1000', 'webinars', 'EC', 0.05],
];
const SITE = 'large.webex.com';

/** An organization of any size, for tests of paging and speed. */
export function generateOrganization({ people, licenses, seed }: Size): Organization {
  const chance = createChance(seed);
  const org = toUuid(`org ${seed}`);
  const rows = new Map<string, License>();
  const subscriptions: string[][] = [];
  for (let index = 0; index < licenses; index += 1) {
    const sold = index - FREE.length;
    const product = FREE[index] ?? SOLD[sold % SOLD.length];
    if (!product) continue;
    const [name, kind, type] = product;
    const subscription = Math.floor(sold / SOLD.length);
    const isOfSite = kind === 'meetings' || kind === 'webinars';
    const site = isOfSite ? `_${SITE}` : '';
    const id = toId(`LICENSE/${org}:${type}_${toUuid(`license ${seed} ${index}`)}${site}`);
    rows.set(id, {
      id,
      name,
      kind,
      totalUnits: people,
      consumedUnits: sold < 0 ? people : 0,
      workspaces: 0,
      ...(sold >= 0 && { subscriptionId: `Sub${100_000 + subscription}` }),
      ...(isOfSite && { siteUrl: SITE, siteType: 'Control Hub managed site' }),
    });
    if (sold >= 0) subscriptions[subscription] = [...(subscriptions[subscription] ?? []), id];
  }
  const organization: Organization = {
    id: toId(`ORGANIZATION/${org}`),
    licenses: rows,
    people: new Map(),
    aliases: new Map(),
    locationIds: new Set([toId(`LOCATION/${toUuid(`location ${seed}`)}`)]),
    siteUrls: new Set([SITE]),
    features: new Map(),
    numbers: new Map(),
  };
  for (let index = 0; index < people; index += 1) {
    // All that one person holds is of one subscription: products of a kind exclude each other.
    const offered = subscriptions[Math.floor(chance() * subscriptions.length)] ?? [];
    const held = offered.filter((_id, product) => chance() < (SOLD[product]?.[3] ?? 0));
    addPerson(organization, { email: `person-${index}@example.com`, licenses: held });
  }
  return organization;
}

/** Numbers from 0 to 1 that only look random (mulberry32). */
function createChance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

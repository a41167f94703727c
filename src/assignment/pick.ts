import type { ItemResult, LedgerEntry } from '../ledger/entry.ts';
import { toSeatSince } from '../ledger/entry.ts';
import type { Item } from '../ledger/items.ts';
import { isAttendantConsole } from '../webex/calling-rules.ts';
import { isWebexCallingProfessional, type License } from '../webex/license.ts';
import { type Choice, toAlreadyDone } from './choose.ts';
import { findHad, type Holdings } from './holdings.ts';
import type { Seats } from './seats.ts';

interface Deps {
  readonly seats: Pick<Seats, 'take' | 'noSeats'>;
  readonly entryOf: (item: Item) => LedgerEntry;
  readonly settle: (item: Item, result: ItemResult) => void;
  /** The licenses of an item that no newer wish decides about: of an add, in the order in which they would do. */
  readonly licensesOf: (item: Item) => readonly License[];
  /** What the person holds, where it is known already. */
  readonly holdings: Holdings | undefined;
  /** Asks Webex: where no seat is left, the person may hold the license, and need none. Undefined where it is not told. */
  readonly look: () => Promise<Holdings | undefined>;
  /** Why Webex would refuse an addition to a person who holds this: a seat would be of no use. */
  readonly findConflict: (choice: Choice, holdings: Holdings | undefined) => ItemResult | undefined;
}

const isConsole = ({ item, candidates }: Choice): boolean =>
  item.operation === 'add' && candidates.some(isAttendantConsole);

const consolesLast = (choices: readonly Choice[]): readonly Choice[] => [
  ...choices.filter((choice) => !isConsole(choice)),
  ...choices.filter(isConsole),
];

/**
 * Picks the license that each add gives, which needs a seat: of several that would do, the first
 * with a seat is taken; where there is none, the choice waits or fails, as the setting says.
 * @returns the picked licenses: what waits, or was settled, has none
 */
export async function pickLicenses(
  choices: readonly Choice[],
  { seats, entryOf, settle, licensesOf, look, findConflict, ...known }: Deps,
): Promise<ReadonlyMap<Item, License | undefined>> {
  const picked = new Map<Item, License | undefined>();
  const seatless: Choice[] = [];
  let { holdings } = known;
  for (const choice of consolesLast(choices)) {
    if (isConsole(choice) && seatless.some((other) => isLineOf(choice, other))) continue;
    const needsSeat = choice.item.operation === 'add' && choice.item.kind === 'license';
    const license = needsSeat ? await pickSeat(choice) : licensesOf(choice.item)[0];
    if (license !== undefined || !needsSeat) picked.set(choice.item, license);
    else await settleSeatless(choice);
  }
  return picked;

  /** Attendant Console waits with the Professional license of its request, without a seat of its own. */
  function isLineOf({ item }: Choice, other: Choice): boolean {
    return entryOf(item) === entryOf(other.item) && other.candidates.some(isWebexCallingProfessional);
  }

  async function pickSeat(choice: Choice): Promise<License | undefined> {
    const licenses = licensesOf(choice.item);
    const had = holdings && findHad(licenses, holdings);
    if (had) return had.license;
    const entry = entryOf(choice.item);
    const { requestId, request } = entry;
    const asker = { requestId, orgId: request?.orgId, since: toSeatSince(entry) };
    for (const license of licenses) if (await seats.take(license, asker)) return license;
    return undefined;
  }

  async function settleSeatless(choice: Choice): Promise<void> {
    const licenses = licensesOf(choice.item);
    holdings ??= await look();
    const done = holdings && toAlreadyDone(choice, licenses, holdings);
    const end = done ?? findConflict(choice, holdings);
    if (end) return settle(choice.item, end);
    if (licenses.some((license) => seats.noSeats(license) === 'wait')) {
      seatless.push(choice);
      return settle(choice.item, { result: 'wanted', seatsOf: licenses.map(({ id }) => id) });
    }
    settle(choice.item, {
      result: 'failed',
      condition: 'no-seats',
      detail:
        'The organization has no seat of this license left: free or buy some, then redrive the request.',
    });
  }
}

import { toSeatSince } from '../../requests/record/due.ts';
import type { ItemResult } from '../../requests/record/item-result.ts';
import type { Seats } from '../../seats/seats.ts';
import { isAttendantConsole } from '../../webex/calling-rules.ts';
import { orFailure, WebexFailure } from '../../webex/errors/failure.ts';
import { isWebexCallingProfessional, type License } from '../../webex/license.ts';
import { findHad, type Holdings } from '../plan/holdings.ts';
import type { Picked, Plan } from '../plan/plan.ts';
import { findConflicts, toLicenses } from '../plan/plan-batch.ts';
import type { Choice } from '../plan/references.ts';
import { type Progress, withResult } from '../progress.ts';
import { chooseFor, type NumberDeps } from './choose-numbers.ts';
import { toAlreadyDone } from './verify.ts';
import { readPerson, type WebexDeps } from './webex-calls.ts';

export interface SeatDeps extends WebexDeps, NumberDeps {
  readonly seats: Pick<Seats, 'reserve' | 'noSeats'>;
}

/** The picked license of each choice, and the holdings where the person was read meanwhile. */
interface Picking {
  readonly progress: Progress;
  readonly picked: Picked;
  readonly seatless: readonly Choice[];
  readonly holdings: Holdings | undefined;
}

/**
 * Picks the license of each add of a batch, and reserves a seat of it: the first of the alternatives with a free seat.
 * Without a seat, the choice waits or fails, as the setting says.
 * @returns the picked licenses: a choice that waits or has a result has none
 */
export async function acquireSeats(
  deps: SeatDeps,
  plan: Plan,
  progress: Progress,
  batch: readonly Choice[],
): Promise<Pick<Picking, 'progress' | 'picked'>> {
  let picking: Picking = { progress, picked: new Map(), seatless: [], holdings: progress.holdings };
  for (const choice of consolesLast(batch)) {
    picking = await pickLicense(deps, plan, picking, batch, choice);
    if (picking.progress.failure) break;
  }
  return picking;
}

async function pickLicense(
  deps: SeatDeps,
  plan: Plan,
  picking: Picking,
  batch: readonly Choice[],
  choice: Choice,
): Promise<Picking> {
  const { item } = choice;
  const isLine = (other: Choice) => isLineOf(plan, choice, other);
  // Attendant Console waits with the Professional license of its request, without a seat of its own.
  if (isConsole(choice) && picking.seatless.some(isLine)) return picking;
  const needsSeat = item.operation === 'add' && item.kind === 'license';
  const license = needsSeat
    ? await reserveSeat(deps, plan, picking, choice)
    : toLicenses(picking.progress, item)[0];
  if (license instanceof WebexFailure)
    return { ...picking, progress: { ...picking.progress, failure: license } };
  if (needsSeat && license === undefined) return decideSeatless(deps, plan, picking, batch, choice);
  const picked = { ...picking, picked: new Map([...picking.picked, [item, license]]) };
  return license && needsSeat ? withNumbers(deps, plan, picked, choice, license) : picked;
}

/** Chooses the extension and number of a Calling license that has a seat. Without a free one, the choice waits. */
async function withNumbers(
  deps: SeatDeps,
  plan: Plan,
  picking: Picking,
  choice: Choice,
  license: License,
): Promise<Picking> {
  const { item } = choice;
  const { progress, holdings } = picking;
  const chosen = await chooseFor(deps, plan, item, license, holdings);
  if (chosen === undefined) return picking;
  if (chosen instanceof WebexFailure) return { ...picking, progress: { ...progress, failure: chosen } };
  if (!('result' in chosen))
    return {
      ...picking,
      progress: { ...progress, numbers: new Map([...progress.numbers, [item.index, chosen]]) },
    };
  const picked = new Map([...picking.picked].filter(([other]) => other !== item));
  const isWaiting = chosen.result.result === 'wanted';
  return {
    ...{ ...picking, picked, progress: withResult(progress, item, chosen.result) },
    seatless: isWaiting ? [...picking.seatless, choice] : picking.seatless,
  };
}

const isConsole = ({ item, candidates }: Choice): boolean =>
  item.operation === 'add' && candidates.some(isAttendantConsole);

const consolesLast = (choices: readonly Choice[]): readonly Choice[] => [
  ...choices.filter((choice) => !isConsole(choice)),
  ...choices.filter(isConsole),
];

const isLineOf = ({ ownerOf }: Plan, { item }: Choice, other: Choice): boolean =>
  ownerOf(item) === ownerOf(other.item) && other.candidates.some(isWebexCallingProfessional);

/** The first license that the person has, or that has a seat. */
async function reserveSeat(
  { seats }: SeatDeps,
  { ownerOf, dryRun }: Plan,
  { progress, holdings }: Picking,
  { item }: Choice,
): Promise<License | WebexFailure | undefined> {
  const licenses = toLicenses(progress, item);
  const had = holdings && findHad(licenses, holdings);
  if (had) return had;
  const record = ownerOf(item);
  const { requestId, request } = record;
  const asker = { requestId, orgId: request?.orgId, since: toSeatSince(record) };
  for (const license of licenses) {
    const isReserved = dryRun || (await orFailure(seats.reserve(license, asker)));
    if (isReserved instanceof WebexFailure) return isReserved;
    if (isReserved) return license;
  }
  return undefined;
}

/** Reads the person where no seat is free: a person who holds the license needs none. */
async function decideSeatless(
  deps: SeatDeps,
  plan: Plan,
  picking: Picking,
  batch: readonly Choice[],
  choice: Choice,
): Promise<Picking> {
  const { item } = choice;
  const read = picking.holdings ? picking : await readPerson(deps, plan, picking.progress);
  const { progress, holdings } = read;
  if (progress.failure) return { ...picking, progress };
  const licenses = toLicenses(progress, item);
  const done = holdings && toAlreadyDone(choice, licenses, holdings);
  const end = done ?? findConflicts(plan, progress, batch, holdings).get(choice);
  const result = end ?? toSeatless(deps, licenses);
  const isWaiting = end === undefined && result.result === 'wanted';
  return {
    picked: picking.picked,
    progress: withResult(progress, item, result),
    seatless: isWaiting ? [...picking.seatless, choice] : picking.seatless,
    holdings,
  };
}

function toSeatless({ seats }: SeatDeps, licenses: readonly License[]): ItemResult {
  if (licenses.some((license) => seats.noSeats(license) === 'wait'))
    return { result: 'wanted', seatsOf: licenses.map(({ id }) => id) };
  return {
    result: 'failed',
    condition: 'no-seats',
    detail: 'The organization has no free seat of this license: free or buy seats, then redrive the request.',
  };
}

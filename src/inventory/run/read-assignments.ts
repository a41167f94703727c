import pMap from 'p-map';
import { WebexFailure } from '../../webex/errors/failure.ts';
import type { License } from '../../webex/license.ts';
import type { LicenseUser } from '../../webex/license-users.ts';
import { LISTING_UNREADABLE, type Page } from '../../webex/paging.ts';
import { toMember } from './assignment-rows.ts';
import type { CheckpointWriter } from './journal.ts';
import type { Listing } from './run.ts';

/** Read side by side: more gain little, and Webex's rate is not ours alone. */
export const LICENSES_AT_ONCE = 8;

export interface Reading {
  /** The catalogue of the run. */
  readonly licenses: readonly License[];
  readonly listings: readonly Listing[];
  readonly pagesOf: (
    licenseId: string,
    options: { readonly from: string | undefined },
  ) => AsyncIterator<Page<LicenseUser>, void>;
  readonly checkpoints: Pick<CheckpointWriter, 'add' | 'fail' | 'room'>;
  readonly licensesAtOnce: number;
  /** Asked after each page: whether to leave the rest for later. */
  readonly isOver: () => boolean;
}

/**
 * Reads who holds each license, page after page, many licenses side by side, and gives all of it to the journal.
 * A license that Webex refuses is noted, and the others go on.
 * @returns why it stopped before the end, where Webex is why; nothing that was read is lost then
 */
export async function readAssignments(reading: Reading): Promise<WebexFailure | undefined> {
  const { licenses, listings, pagesOf, checkpoints, licensesAtOnce, isOver } = reading;
  let stoppedBy: WebexFailure | undefined;
  let broken: { readonly error: unknown } | undefined;
  const isStopped = () => stoppedBy !== undefined || broken !== undefined || isOver();

  async function readLicense(index: number): Promise<void> {
    const listing = listings[index];
    const license = licenses[listing?.license ?? -1];
    if (!license || !listing || listing.isDone || isStopped()) return;
    try {
      const pages = pagesOf(license.id, { from: listing.next });
      while (!isStopped() && (await readPage(index, license, pages))) await checkpoints.room();
    } catch (error) {
      if (!(error instanceof WebexFailure)) throw error;
      if (error.isRefusal || error.condition === LISTING_UNREADABLE) checkpoints.fail(index, error.message);
      else stoppedBy = error;
    }
  }

  /** @returns whether another one follows */
  async function readPage(
    index: number,
    license: License,
    pages: AsyncIterator<Page<LicenseUser>, void>,
  ): Promise<boolean> {
    const page = await pages.next();
    if (page.done) return false;
    const { items, odd, counted, next } = page.value;
    checkpoints.add(index, { member: toMember(license, items), rows: items.length, odd, counted, next });
    return next !== undefined;
  }

  /** The others are not left running where one breaks: each stops after its page. */
  async function readOrStop(index: number): Promise<void> {
    try {
      await readLicense(index);
    } catch (error) {
      broken = { error };
    }
  }

  await pMap(listings.keys(), readOrStop, { concurrency: licensesAtOnce });
  if (broken) throw broken.error;
  return stoppedBy;
}

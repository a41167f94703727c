import { gzipSync } from 'node:zlib';
import type * as z from 'zod';
import type { assignmentRowSchema } from '../contract/inventory.ts';
import type { License } from '../webex/license.ts';
import type { LicenseUser } from '../webex/license-users.ts';

type Row = z.input<typeof assignmentRowSchema>;

/**
 * The lines of one page of the people who hold a license, each with its line end, as a gzip member: members that
 * follow each other are one gzip file. That takes about a millisecond; compressed in the background, the lines would
 * wait, and outlive the young part of the heap.
 */
export function toMember(
  { id: licenseId, name: licenseName }: License,
  users: readonly LicenseUser[],
): Buffer {
  const license: Pick<Row, 'licenseId' | 'licenseName'> = { licenseId, licenseName };
  // The same in every line of the page, so written once: a third of the work.
  const opening = JSON.stringify(license).slice(0, -1);
  let lines = '';
  for (const { id: personId, email, displayName, type } of users) {
    const person: Omit<Row, keyof typeof license> = {
      personId,
      email: email ?? undefined,
      displayName: displayName ?? undefined,
      type: type ?? undefined,
    };
    lines += `${opening},${JSON.stringify(person).slice(1)}\n`;
  }
  // A copy: what zlib gives is a part of 16 KiB that would all be kept as long as the member waits for storage.
  return Buffer.from(gzipSync(lines));
}

/**
 * The name of a block: of which license (by its place in the catalogue), of which session of the run, and which
 * one of those. All have the same length, as Azure wants it; a session that goes on where another one was killed
 * writes none of that one's blocks.
 */
export const toBlockName = (license: number, session: number, index: number): string =>
  [license, session, index].map((part) => String(part).padStart(6, '0')).join('-');

/** All blocks of the file, in the order of the catalogue, and of each license as they were read. */
export const toBlockNames = (
  listings: readonly { readonly blocks: readonly (readonly [session: number, count: number])[] }[],
): readonly string[] =>
  listings.flatMap(({ blocks }, license) =>
    blocks.flatMap(([session, count]) =>
      Array.from({ length: count }, (_, index) => toBlockName(license, session, index)),
    ),
  );

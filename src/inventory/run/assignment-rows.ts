import { gzipSync } from 'node:zlib';
import type * as z from 'zod';
import type { License } from '../../webex/license.ts';
import type { LicenseUser } from '../../webex/license-users.ts';
import type { assignmentRowSchema } from '../schemas/files.ts';

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
  return gzipSync(lines);
}

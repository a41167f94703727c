import { cutText } from '../platform/plain-text.ts';
import type { License } from '../webex/license.ts';
import type { LicenseUser } from '../webex/license-users.ts';
import type { ListedPerson } from '../webex/listed-people.ts';
import { toWebexId } from '../webex/webex-id.ts';

/** One line of a people snapshot: a person and what they held when the line was read. */
export interface SnapshotPerson {
  readonly id: string;
  /** All addresses, the one to sign in with first; of somebody outside the organization one at most. */
  readonly emails: readonly string[];
  readonly displayName?: string;
  /** Places in the snapshot's list of licenses; ids that this list lacks. Absent where Webex did not tell: that is not none. */
  readonly licenses?: readonly (number | string)[];
  readonly siteUrls?: readonly string[];
  /** ISO 8601: when Webex created the person. Absent where Webex did not tell, and in older snapshots. */
  readonly created?: string;
  /** External or pending: known from the holders of a license only. */
  readonly isOutside?: true;
}

/** Where a license is in the catalogue of a snapshot, by its id. */
export type Places = ReadonlyMap<string, number>;

export const toPlaces = (licenses: readonly Pick<License, 'id'>[]): Places =>
  new Map(licenses.map(({ id }, place) => [id, place]));

/** Longer than any name: a row of a megabyte would be kept once for each license. */
const MAX_NAME_LENGTH = 1_000;

/** A row of Webex's list of people, as it is kept. */
export function toPerson(row: ListedPerson, places: Places): SnapshotPerson {
  const { id, emails, displayName, licenses, siteUrls, created } = row;
  const held: (number | string)[] = [];
  for (const license of licenses ?? []) {
    const place = places.get(license) ?? license;
    if (!held.includes(place)) held.push(place);
  }
  return {
    id: toId(id),
    emails: emails ?? [],
    ...(displayName && { displayName: cutText(displayName, MAX_NAME_LENGTH) }),
    ...(licenses && { licenses: held }),
    ...(siteUrls?.length && { siteUrls }),
    ...(created && { created }),
  };
}

/** One spelling of each id. Most are in it: only other ones have these characters, and are decoded. */
const toId = (id: string): string => (/[-_=]/.test(id) ? toWebexId('PEOPLE', id) : id);

/** Somebody outside the organization, by a row of the holders of one license. @param place of that license */
export const toOutsidePerson = ({ id, email, displayName }: LicenseUser, place: number): SnapshotPerson => ({
  id: toId(id),
  emails: email ? [email] : [],
  ...(displayName && { displayName: cutText(displayName, MAX_NAME_LENGTH) }),
  licenses: [place],
  isOutside: true,
});

/** Reads a line that this app wrote: a schema for each of a million lines takes as long as all else. */
export const parsePerson = (line: string): SnapshotPerson => JSON.parse(line);

/** One line of the index of addresses. */
export interface AddressLine {
  readonly email: string;
  readonly id: string;
  /** The other addresses of the person, where there are any. */
  readonly others?: readonly string[];
  readonly isOutside?: true;
}

/** An address as the index has it: one spelling for each. */
export const toAddress = (email: string): string => email.trim().normalize('NFC').toLowerCase();

/** The lines of a person in the index: one for each address. */
export function toAddressLines({ id, emails, isOutside }: SnapshotPerson): readonly AddressLine[] {
  const all = [...new Set(emails.map(toAddress))];
  return all.map((email) => {
    const line: AddressLine = isOutside ? { email, id, isOutside } : { email, id };
    return all.length === 1 ? line : { ...line, others: all.filter((other) => other !== email) };
  });
}

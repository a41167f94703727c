import type { LicenseRequest } from '../../requests/license-request.ts';
import { toFormerKeys, toPersonKey } from '../../requests/record/person.ts';
import { toUuid } from '../../webex/webex-id.ts';

/** The identity of a person, by Webex, or by the caller who gave an id. */
export interface Identity {
  readonly personId: string;
  readonly emails: readonly string[];
  /** Whether Webex lists the person: one that it does not list yet may get other addresses. */
  readonly isListed: boolean;
  /** When the people snapshot was read that says so; undefined where it is not from one. */
  readonly snapshotAt?: Date;
  readonly orgId: string | undefined;
  readonly ownOrg: string | undefined;
}

/** The keys of all names of a person. */
export interface NameKeys {
  readonly id: string;
  readonly addresses: readonly string[];
  /** The keys that version 0.1.0 gave these names. */
  readonly former: readonly string[];
}

/** Webex lists few addresses; each costs a read the first time. */
const MAX_ADDRESSES = 8;

/** @param orgIds the organizations that a request may name, as the settings spell them */
export function toNameKeys(
  { personId, emails, orgId, ownOrg }: Identity,
  orgIds: readonly string[],
): NameKeys {
  const toKey = (person: LicenseRequest['person']) => toPersonKey({ person, orgId }, ownOrg);
  const addresses = emails.slice(0, MAX_ADDRESSES).map((email) => ({ email }));
  const org = toUuid('ORGANIZATION', orgId ?? '') ?? ownOrg;
  const spellings = orgIds.filter((spelling) => toUuid('ORGANIZATION', spelling) === org);
  const isOwn = orgId === undefined || org === ownOrg;
  return {
    id: toKey({ personId }),
    addresses: addresses.map(toKey),
    former: [{ personId }, ...addresses].flatMap((person) =>
      toFormerKeys({ person, orgId: isOwn ? undefined : orgId }, spellings),
    ),
  };
}

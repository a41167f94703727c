import * as z from 'zod';
import { type Answer, NOT_FOUND, toError } from './answer.ts';
import { findPerson, isKnown } from './directory.ts';
import { isErrorCode, type RuleError, toRuleError } from './error-codes.ts';
import type { PartialEffect } from './faults.ts';
import { judgeLicenses, judgeSite, type LicenseItem, type SiteItem } from './license-rules.ts';
import { give, type Organization, type Person, take } from './organization.ts';

const operation = z.enum(['add', 'remove']).default('add');

export const changeSchema = z.object({
  email: z.string().optional(),
  personId: z.string().optional(),
  orgId: z.string().optional(),
  licenses: z
    .array(
      z.object({
        id: z.string(),
        operation,
        properties: z
          .object({
            locationId: z.string().optional(),
            phoneNumber: z.string().optional(),
            extension: z.string().optional(),
          })
          .optional(),
      }),
    )
    .default([]),
  siteUrls: z
    .array(z.object({ siteUrl: z.string(), accountType: z.string().toLowerCase(), operation }))
    .default([]),
});

/**
 * `PATCH /licenses/users`: 200 where all was done, 206 without errors where a part was, 400 with errors where
 * nothing was. The answer holds all that the person has afterwards.
 */
export function changeLicenses(
  organization: Organization,
  request: unknown,
  now: Date,
  partial?: PartialEffect,
): Answer {
  const parsed = changeSchema.safeParse(request);
  if (!parsed.success) return toError(400, 'The request body is not valid');
  const { email, personId, licenses, siteUrls } = parsed.data;
  if (email === undefined && personId === undefined)
    return toError(400, 'Either email or personId is required');
  if (licenses.length + siteUrls.length === 0) return toError(400, 'There are no licenses and no siteUrls');
  if (siteUrls.some(({ accountType }) => accountType !== 'attendee'))
    return toError(400, 'Invalid accountType');
  const person = findPerson(organization, { email, personId });
  if (!person || !isKnown(person, now)) return NOT_FOUND;

  const errors = [
    ...judgeLicenses(organization, person, licenses).map(
      (error, index) => error ?? toFault(licenses[index], partial),
    ),
    ...siteUrls.map((site) => judgeSite(organization, site)),
  ];
  const items = [...licenses, ...siteUrls];
  const failed = errors.filter((error) => error !== undefined);
  if (failed.length === items.length) return toError(400, 'License assignment failed', failed);
  const done = items.filter((_item, index) => !errors[index]);
  // Removals first, in whatever order they were asked for: the number of a new line is not the old one's to take.
  for (const wanted of ['remove', 'add']) {
    for (const item of done) if (item.operation === wanted) apply(organization, person, item);
  }
  const body = toHoldings(organization, person);
  return failed.length === 0 ? { status: 200, body } : { status: 206, body, reasons: failed };
}

/** What the person has now: implicit and free licenses too. */
export function toHoldings(organization: Organization, person: Person) {
  const toSites = (sites: ReadonlyMap<string, string>) =>
    [...sites].map(([siteUrl, accountType]) => ({ siteUrl, accountType: accountType.toLowerCase() }));
  return {
    orgId: person.orgId ?? organization.id,
    personId: person.id,
    email: person.email,
    licenses: [...person.licenses],
    siteUrls: toSites(person.sites),
    ...(person.isExternal && {
      pendingLicenses: [...person.pendingLicenses],
      pendingSiteUrls: toSites(person.pendingSites),
    }),
  };
}

function toFault(item: LicenseItem | undefined, partial: PartialEffect | undefined): RuleError | undefined {
  if (!item || !partial?.failLicenseIds.includes(item.id)) return undefined;
  const { errorCode } = partial;
  if (errorCode !== undefined && isErrorCode(errorCode)) return toRuleError(errorCode, item.id);
  return { ...(errorCode !== undefined && { errorCode }), description: `Could not apply ${item.id}` };
}

function apply(organization: Organization, person: Person, item: LicenseItem | SiteItem): void {
  if ('siteUrl' in item) {
    const siteUrl = item.siteUrl.toLowerCase();
    const all = [person.sites, person.pendingSites];
    if (item.operation === 'remove') {
      for (const sites of all) if (sites.get(siteUrl) === 'ATTENDEE') sites.delete(siteUrl);
    } else if (!all.some((sites) => sites.has(siteUrl))) {
      (person.isExternal ? person.pendingSites : person.sites).set(siteUrl, 'ATTENDEE');
    }
  } else if (item.operation === 'remove') {
    take(organization, person, item.id);
  } else {
    give(organization, person, item.id);
    const { extension, phoneNumber, locationId } = item.properties ?? {};
    if (extension) person.extension = extension;
    if (phoneNumber) person.phoneNumber = phoneNumber;
    if (locationId) person.locationId = locationId;
  }
}

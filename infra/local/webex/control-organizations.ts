import * as z from 'zod';
import type { Answer } from './answer.ts';
import { done, toRefusal } from './control-answer.ts';
import type { Controls } from './control-routes.ts';
import { findPerson } from './directory.ts';
import { MEETINGS } from './license-rules.ts';
import { toFeatureKey } from './lines.ts';
import { createOrganization } from './new-organization.ts';
import { addPerson, KINDS, type Organization } from './organization.ts';
import { findOrganization } from './organizations.ts';

const newPerson = {
  email: z.email(),
  aliases: z.array(z.email()).exactOptional(),
  displayName: z.string().exactOptional(),
  isExternal: z.boolean().exactOptional(),
  /** Ids, or names: the first license of a name. */
  licenses: z.array(z.string()).exactOptional(),
  created: z.iso.datetime().exactOptional(),
  lastActivity: z.iso.datetime().exactOptional(),
  /** How many look-ups do not find the person yet: HR is ahead of the directory. */
  unknownLooks: z.number().int().min(0).exactOptional(),
};

export const personSchema = z.strictObject({
  ...newPerson,
  orgId: z.string().exactOptional(),
  /** For how long look-ups do not find the person. */
  unknownMs: z.number().int().min(0).exactOptional(),
});

export const acceptSchema = z.strictObject({ email: z.email(), orgId: z.string().exactOptional() });

/** Without a type, the extension is free again. */
export const featureSchema = z.strictObject({
  orgId: z.string().exactOptional(),
  locationId: z.string(),
  extension: z.string().regex(/^\d{1,10}$/),
  type: z.enum(['CALL_PARK', 'CALL_QUEUE']).nullable(),
});

const units = z.number().int().min(0);

export const organizationSchema = z.strictObject({
  name: z.string().min(1),
  licenses: z.array(
    z.strictObject({
      name: z.string().min(1),
      kind: z.enum(KINDS),
      type: z.string().exactOptional(),
      totalUnits: units,
      consumedUnits: units.exactOptional(),
      workspaces: units.exactOptional(),
      subscriptionId: z.string().exactOptional(),
      siteUrl: z.string().exactOptional(),
      siteType: z.string().exactOptional(),
    }),
  ),
  people: z.array(z.strictObject(newPerson)).default([]),
  locations: z.array(z.string()).default([]),
});

/** @returns the organization, with the ids that were made */
export function putOrganization(simulator: Controls, wanted: z.output<typeof organizationSchema>): Answer {
  const known = new Set(wanted.licenses.map(({ name }) => name));
  const unknown = wanted.people.flatMap(({ licenses = [] }) => licenses).filter((name) => !known.has(name));
  if (unknown.length > 0) return toRefusal(`There are no licenses named ${unknown.join(', ')}`);
  const organization = createOrganization(wanted);
  if (!simulator.putCustomer(organization)) return toRefusal('The own organization cannot be replaced');
  return { status: 200, body: toJson(organization) };
}

const choose = (simulator: Controls, orgId: string | undefined) =>
  orgId === undefined ? simulator.organization() : findOrganization(simulator.organizations(), orgId)[0];

export function putPerson(
  simulator: Controls,
  { unknownMs, orgId, ...person }: z.output<typeof personSchema>,
  now: Date,
): Answer {
  const organization = choose(simulator, orgId);
  if (!organization) return toRefusal(`There is no organization ${orgId}`);
  const rows = [...organization.licenses.values()];
  const asked = person.licenses ?? [];
  const found = asked.map((wanted) => rows.find(({ id, name }) => id === wanted || name === wanted));
  const unknown = asked.filter((_wanted, index) => found[index] === undefined);
  if (unknown.length > 0) return toRefusal(`There are no licenses with the ids ${unknown.join(', ')}`);
  const licenses = found.flatMap((license) => license ?? []);
  if (person.isExternal && licenses.some(({ kind }) => !MEETINGS.has(kind)))
    return toRefusal('A person outside the organization can have meeting licenses only');
  addPerson(organization, {
    created: now.toISOString(),
    ...person,
    licenses: licenses.map(({ id }) => id),
    ...(unknownMs !== undefined && { unknownUntilMs: now.getTime() + unknownMs }),
  });
  return done;
}

export function acceptPending(simulator: Controls, { email, orgId }: z.output<typeof acceptSchema>): Answer {
  const organization = choose(simulator, orgId);
  const person = organization && findPerson(organization, { email });
  if (!person?.isExternal) return toRefusal('There is no such person outside the organization');
  for (const id of person.pendingLicenses) person.licenses.add(id);
  for (const [siteUrl, type] of person.pendingSites) person.sites.set(siteUrl, type);
  person.pendingLicenses.clear();
  person.pendingSites.clear();
  return done;
}

export function putFeature(
  simulator: Controls,
  { orgId, type, ...place }: z.output<typeof featureSchema>,
): Answer {
  const organization = choose(simulator, orgId);
  if (!organization?.locationIds.has(place.locationId)) return toRefusal('There is no such location');
  if (type === null) organization.features.delete(toFeatureKey(place));
  else organization.features.set(toFeatureKey(place), { ...place, type });
  return done;
}

export function toJson({ id, licenses, people, locationIds, siteUrls, features, numbers }: Organization) {
  return {
    id,
    locationIds: [...locationIds],
    siteUrls: [...siteUrls],
    features: [...features.values()],
    numbers: Object.fromEntries(numbers),
    licenses: [...licenses.values()],
    people: [...people.values()].map((person) => ({
      ...person,
      licenses: [...person.licenses],
      pendingLicenses: [...person.pendingLicenses],
      sites: Object.fromEntries(person.sites),
      pendingSites: Object.fromEntries(person.pendingSites),
    })),
  };
}

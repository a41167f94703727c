import * as z from 'zod';
import { type Answer, toError } from './answer.ts';
import { changeLicenses } from './change-route.ts';
import { findPerson, isKnown } from './directory.ts';
import { judgeLicenses } from './license-rules.ts';
import { addPerson, type Organization, type Person, take, toId, toUuid } from './organization.ts';
import { isTrue, toDetails, toPersonJson } from './person-json.ts';

const bodySchema = z.object({
  emails: z.array(z.email()).min(1),
  displayName: z.string().optional(),
  firstName: z.string().optional(),
  lastName: z.string().optional(),
  licenses: z.array(z.string()).optional(),
  siteUrls: z.array(z.string()).default([]),
  phoneNumbers: z.array(z.object({ type: z.string(), value: z.string() })).default([]),
  extension: z.string().optional(),
  locationId: z.string().optional(),
});

type Body = z.output<typeof bodySchema>;

interface Asked {
  readonly body: unknown;
  readonly url: URL;
  readonly now: Date;
}

/**
 * `POST /people`: the person is there, with those of the licenses that can be assigned.
 * Source: https://developer.webex.com/admin/docs/api/v1/people/create-a-person
 */
export function createPerson(organization: Organization, { body, url, now }: Asked): Answer {
  const parsed = bodySchema.safeParse(body).data;
  const displayName = parsed && toDisplayName(parsed);
  if (!parsed || displayName === undefined) return toError(400, 'The request body is not valid');
  const [email = '', ...aliases] = parsed.emails;
  if (parsed.emails.some((address) => findPerson(organization, { email: address })))
    return toError(409, 'There is a person with this address');
  const created = now.toISOString();
  // A person who is created again with the address of one who was deleted is another person.
  const id = toId(`PEOPLE/${toUuid(`${email} ${created}`)}`);
  const person = addPerson(organization, { id, email, aliases, displayName, created });
  // Beside the free ones, which every person has.
  const licenses = [...person.licenses, ...(parsed.licenses ?? [])];
  setLicenses(organization, person, { ...parsed, licenses }, now);
  return toAnswer(organization, person, url);
}

/**
 * `PUT /people/{personId}`: the person has the licenses that are named, and no others; where none are named, they stay.
 * Source: https://developer.webex.com/admin/docs/api/v1/people/update-a-person
 */
export function updatePerson(organization: Organization, person: Person, { body, url, now }: Asked): Answer {
  const parsed = bodySchema.safeParse(body).data;
  if (!parsed) return toError(400, 'The request body is not valid');
  const { licenses } = toChanges(person, parsed);
  const implicit = judgeLicenses(organization, person, licenses).flatMap((error) =>
    error?.errorCode === 700006 ? [error] : [],
  );
  if (implicit.length > 0) return toError(400, 'License removal not allowed', implicit);
  setLicenses(organization, person, parsed, now);
  Object.assign(person, { displayName: toDisplayName(parsed) ?? person.displayName });
  return toAnswer(organization, person, url);
}

/** `DELETE /people/{personId}` */
export function deletePerson(organization: Organization, person: Person): Answer {
  for (const id of [...person.licenses, ...person.pendingLicenses]) take(organization, person, id);
  for (const alias of person.aliases) organization.aliases.delete(alias);
  organization.people.delete(person.email);
  return { status: 204, body: '' };
}

/** Of an employee who is known. */
export function findEmployee(
  organizations: readonly Organization[],
  personId: string,
  now: Date,
): { readonly organization: Organization; readonly person: Person } | undefined {
  for (const organization of organizations) {
    const person = findPerson(organization, { personId });
    if (person && !person.isExternal) return isKnown(person, now) ? { organization, person } : undefined;
  }
  return undefined;
}

function toDisplayName({ displayName, firstName, lastName }: Body): string | undefined {
  const full = [firstName, lastName].filter(Boolean).join(' ');
  return displayName || full || undefined;
}

/** What is refused is left out, and the rest is done. */
function setLicenses(organization: Organization, person: Person, body: Body, now: Date): void {
  const changes = toChanges(person, body);
  changeLicenses(organization, { personId: person.id, ...changes }, now);
}

function toChanges(person: Person, body: Body) {
  const { licenses = [...person.licenses], siteUrls, extension, locationId } = body;
  const phoneNumber = body.phoneNumbers.find(({ type }) => type === 'work')?.value.replaceAll(' ', '');
  const properties = {
    ...(phoneNumber !== undefined && { phoneNumber }),
    ...(extension !== undefined && { extension }),
    ...(locationId !== undefined && { locationId }),
  };
  const added = licenses.filter((id) => !person.licenses.has(id));
  const removed = [...person.licenses].filter((id) => !licenses.includes(id));
  return {
    licenses: [
      ...added.map((id) => ({ id, operation: 'add' as const, properties })),
      ...removed.map((id) => ({ id, operation: 'remove' as const })),
    ],
    siteUrls: siteUrls
      .filter((site) => site.endsWith('#attendee'))
      .map((site) => ({ siteUrl: site.replace('#attendee', ''), accountType: 'attendee' })),
  };
}

function toAnswer(organization: Organization, person: Person, url: URL): Answer {
  const isShort = isTrue(url.searchParams, 'minResponse');
  const body = isShort ? { id: person.id } : toPersonJson(organization, person, toDetails(url));
  return { status: 200, body };
}

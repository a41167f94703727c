import { type Answer, NOT_FOUND, toError } from './answer.ts';
import { findPerson, isKnown, isListed } from './directory.ts';
import { toMadeUpHolders } from './generated-listings.ts';
import type { License, Organization, Person } from './organization.ts';

const MAX_PAGE = 300;

/** `GET /licenses`: the whole catalogue in one answer. */
export const listLicenses = ({ licenses }: Organization): Answer => ({
  status: 200,
  body: { items: [...licenses.values()].map(toJson) },
});

/** `GET /licenses/{id}`: with `includeAssignedTo=user`, a page of the people who hold it. */
export function readLicense(organization: Organization, id: string, url: URL, now: Date): Answer {
  const license = organization.licenses.get(id);
  if (!license) return NOT_FOUND;
  if (url.searchParams.get('includeAssignedTo') !== 'user') return { status: 200, body: toJson(license) };
  const limit = Number(url.searchParams.get('limit') ?? MAX_PAGE);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) return toError(400, 'Invalid limit');
  const offset = fromCursor(url.searchParams.get('next'));
  if (offset === undefined) return toError(400, 'Invalid next');
  const { users, count } = toUsers(organization, license, { offset, limit }, now);
  const body = { ...toJson(license), users };
  if (offset + limit >= count) return { status: 200, body };
  const next = new URL(url);
  next.searchParams.set('next', toCursor(offset + limit));
  return { status: 200, body, headers: { link: `<${next.href}>; rel="next"` } };
}

function toUsers(
  organization: Organization,
  license: License,
  { offset, limit }: { offset: number; limit: number },
  now: Date,
) {
  const { madeUpHolders: count } = license;
  if (count !== undefined) return { users: toMadeUpHolders(count, offset, limit), count };
  const holders = findHolders(organization, license, offset === 0, now);
  const users = holders.slice(offset, offset + limit).map(({ id, isExternal, displayName, email }) => {
    return { id, type: isExternal ? 'EXTERNAL' : 'INTERNAL', displayName, email };
  });
  return { users, count: holders.length };
}

/** Who held a license when the first page of its holders was asked for: the other pages go on in that list. */
const listed = new WeakMap<License, readonly Person[]>();

function findHolders({ people }: Organization, license: License, isFirstPage: boolean, now: Date) {
  const begun = isFirstPage ? undefined : listed.get(license);
  if (begun) return begun;
  const holders = [...people.values()].filter(
    (person) =>
      (person.licenses.has(license.id) || person.pendingLicenses.has(license.id)) && isListed(person, now),
  );
  listed.set(license, holders);
  return holders;
}

/**
 * `GET /people`: by address or ids (with commas between); the list is empty for a person who is not known, or not yet.
 * By ids it has no administrative members: these are told by `GET /people/{personId}`.
 */
export function listPeople(organization: Organization, url: URL, now: Date): Answer {
  const email = url.searchParams.get('email') ?? undefined;
  const ids = url.searchParams.get('id')?.split(',') ?? [];
  const asked = email === undefined ? ids.map((personId) => ({ personId })) : [{ email }];
  const found = asked.flatMap((who) => findPerson(organization, who) ?? []);
  const items = found
    .filter((person) => isKnown(person, now))
    .map((person) => (email === undefined ? toNamedJson : toPersonJson)(organization, person));
  return { status: 200, body: { items } };
}

/** `GET /people/{id}`; `me` is the admin whose token it is, the first of all people. */
export function readPerson(organization: Organization, id: string, now: Date): Answer {
  const [admin] = organization.people.values();
  const person = id === 'me' ? admin : findPerson(organization, { personId: id });
  if (!person || !isKnown(person, now)) return NOT_FOUND;
  return { status: 200, body: toPersonJson(organization, person) };
}

const toNamedJson = ({ id: orgId }: Organization, { id, email, displayName }: Person) => ({
  id,
  emails: [email],
  displayName,
  orgId,
  type: 'person',
});

function toPersonJson(organization: Organization, person: Person) {
  const { licenses, sites, extension, phoneNumber, locationId } = person;
  return {
    ...toNamedJson(organization, person),
    licenses: [...licenses],
    siteUrls: [...sites].map(([siteUrl, type]) => (type === 'ATTENDEE' ? `${siteUrl}#attendee` : siteUrl)),
    ...(phoneNumber && { phoneNumbers: [{ type: 'work', value: phoneNumber }] }),
    extension,
    locationId,
  };
}

/** Inapplicable members are absent; old rows have counts as text, and some have null. */
function toJson(license: License) {
  const { id, name, totalUnits, consumedUnits, workspaces, subscriptionId, siteUrl, siteType, oddCounts } =
    license;
  const toCount = (count: number) => (oddCounts === 'text' ? String(count) : count);
  return {
    id,
    name,
    totalUnits: toCount(totalUnits),
    consumedUnits: toCount(consumedUnits),
    consumedByUsers: oddCounts === 'null' ? null : toCount(consumedUnits - workspaces),
    consumedByWorkspaces: toCount(workspaces),
    subscriptionId,
    siteUrl,
    siteType,
  };
}

const toCursor = (offset: number) => Buffer.from(`offset:${offset}`).toString('base64url');

function fromCursor(cursor: string | null): number | undefined {
  if (cursor === null) return 0;
  const match = /^offset:(\d+)$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'));
  return match ? Number(match[1]) : undefined;
}

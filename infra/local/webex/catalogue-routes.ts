import LinkHeader from 'http-link-header';
import { type Answer, NOT_FOUND, toError } from './answer.ts';
import { isKnown, type License, type Organization, type Person } from './organization.ts';

const MAX_PAGE = 300;

/** `GET /licenses`: the whole catalogue in one answer. */
export const listLicenses = ({ licenses }: Organization): Answer => ({
  status: 200,
  body: { items: [...licenses.values()].map(toJson) },
});

/** `GET /licenses/{id}`: with `includeAssignedTo=user`, a page of the people who hold it. */
export function readLicense(organization: Organization, id: string, url: URL): Answer {
  const license = organization.licenses.get(id);
  if (!license) return NOT_FOUND;
  if (url.searchParams.get('includeAssignedTo') !== 'user') return { status: 200, body: toJson(license) };
  const limit = Number(url.searchParams.get('limit') ?? MAX_PAGE);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) return toError(400, 'Invalid limit');
  const offset = fromCursor(url.searchParams.get('next'));
  if (offset === undefined) return toError(400, 'Invalid next');
  const holders = [...organization.people.values()].filter(
    ({ licenses, pendingLicenses }) => licenses.has(id) || pendingLicenses.has(id),
  );
  const users = holders
    .slice(offset, offset + limit)
    .map(({ id: personId, isExternal, displayName, email }) => {
      return { id: personId, type: isExternal ? 'EXTERNAL' : 'INTERNAL', displayName, email };
    });
  const body = { ...toJson(license), users };
  if (offset + limit >= holders.length) return { status: 200, body };
  const next = new URL(url);
  next.searchParams.set('next', toCursor(offset + limit));
  const link = new LinkHeader();
  link.set({ rel: 'next', uri: next.href });
  return { status: 200, body, headers: { link: link.toString() } };
}

/** `GET /people`: by address or id; the list is empty for somebody who is not known, or not yet. */
export function listPeople(organization: Organization, url: URL): Answer {
  const email = url.searchParams.get('email')?.toLowerCase();
  const id = url.searchParams.get('id');
  const found = [...organization.people.values()].filter(
    (person) => person.email === email || person.id === id,
  );
  return {
    status: 200,
    body: { items: found.filter(isKnown).map((person) => toPersonJson(organization, person)) },
  };
}

/** `GET /people/{id}`; `me` is the admin whose token it is, the first of all people. */
export function readPerson(organization: Organization, id: string): Answer {
  const person = [...organization.people.values()].find((other) => id === 'me' || other.id === id);
  if (!person || !isKnown(person)) return NOT_FOUND;
  return { status: 200, body: toPersonJson(organization, person) };
}

function toPersonJson(organization: Organization, person: Person) {
  const { id, email, displayName, licenses, sites, extension, phoneNumber, locationId } = person;
  return {
    id,
    emails: [email],
    displayName,
    orgId: organization.id,
    licenses: [...licenses],
    siteUrls: [...sites].map(([siteUrl, type]) => (type === 'ATTENDEE' ? `${siteUrl}#attendee` : siteUrl)),
    ...(phoneNumber && { phoneNumbers: [{ type: 'work', value: phoneNumber }] }),
    extension,
    locationId,
    type: 'person',
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

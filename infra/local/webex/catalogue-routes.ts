import { type Answer, NOT_FOUND, toError } from './answer.ts';
import { isListed } from './directory.ts';
import { toMadeUpHolders } from './generated-listings.ts';
import type { License, Organization, Person } from './organization.ts';

const MAX_PAGE = 300;

/** `GET /licenses`: the whole catalogue in one answer. */
export function listLicenses({ licenses, people }: Organization, now: Date): Answer {
  const holders = new Map<string, number>();
  for (const person of people.values()) {
    if (!isListed(person, now)) continue;
    for (const id of [...person.licenses, ...person.pendingLicenses])
      holders.set(id, (holders.get(id) ?? 0) + 1);
  }
  const items = [...licenses.values()].map((license) => toJson(license, holders.get(license.id) ?? 0));
  return { status: 200, body: { items } };
}

/** `GET /licenses/{id}`: with `includeAssignedTo=user`, a page of the people who hold it. */
export function readLicense(organizations: readonly Organization[], id: string, url: URL, now: Date): Answer {
  const organization = organizations.find(({ licenses }) => licenses.has(id));
  const license = organization?.licenses.get(id);
  if (!organization || !license) return NOT_FOUND;
  if (url.searchParams.get('includeAssignedTo') !== 'user') {
    const { length } = selectHolders(organization, license, now);
    return { status: 200, body: toJson(license, length) };
  }
  const limit = Number(url.searchParams.get('limit') ?? MAX_PAGE);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) return toError(400, 'Invalid limit');
  const offset = fromCursor(url.searchParams.get('next'));
  if (offset === undefined) return toError(400, 'Invalid next');
  const { users, count } = toUsers(organization, license, { offset, limit }, now);
  const body = { ...toJson(license, count), users };
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

const selectHolders = ({ people }: Organization, license: License, now: Date): readonly Person[] =>
  [...people.values()].filter(
    (person) =>
      (person.licenses.has(license.id) || person.pendingLicenses.has(license.id)) && isListed(person, now),
  );

function findHolders(organization: Organization, license: License, isFirstPage: boolean, now: Date) {
  const begun = isFirstPage ? undefined : listed.get(license);
  if (begun) return begun;
  const holders = selectHolders(organization, license, now);
  listed.set(license, holders);
  return holders;
}

/**
 * Members that do not apply are absent.
 * @param holders how many people its listing has: the simulated people may be only some of those who consume, and as
 *   many of them count as can be listed
 */
function toJson(license: License, holders: number) {
  const { id, name, totalUnits, consumedUnits, workspaces, madeUpHolders } = license;
  const { subscriptionId, siteUrl, siteType } = license;
  return {
    id,
    name,
    totalUnits,
    consumedUnits,
    consumedByUsers: Math.max(0, Math.min(consumedUnits - workspaces, madeUpHolders ?? holders)),
    consumedByWorkspaces: workspaces,
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

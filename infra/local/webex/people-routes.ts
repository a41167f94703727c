import { type Answer, NOT_FOUND, toError } from './answer.ts';
import { findPerson, isKnown, isListed } from './directory.ts';
import { toMadeUpPeople } from './generated-listings.ts';
import type { Organization, Person } from './organization.ts';
import { isTrue, toDetails, toNamedJson, toPersonJson, toRoles } from './person-json.ts';

const MAX_IDS = 85;
const DEFAULT_PAGE = 100;
const MAX_PAGE = 1_000;
const MAX_PAGE_WITH_CALLING_DATA = 100;
const MAX_PAGE_OF_LOCATION = 50;

/**
 * `GET /people`: by ids, by an address, or all people page by page. People outside the organization are not listed.
 * Source: https://developer.webex.com/admin/docs/api/v1/people/list-people
 */
export function listPeople(organization: Organization, url: URL, now: Date): Answer {
  // Some clients name the parameter once for each id.
  const ids = url.searchParams.getAll('id').flatMap((text) => text.split(','));
  if (ids.length > 0) return listByIds(organization, ids, now);
  const email = url.searchParams.get('email');
  if (email === null) return listPage(organization, url, now);
  const person = findPerson(organization, { email });
  const isFound = person !== undefined && !person.isExternal && isKnown(person, now);
  const items = isFound ? [toPersonJson(organization, person, toDetails(url))] : [];
  return { status: 200, body: { items, notFoundIds: [] } };
}

/** By ids there are neither administrative members nor presence: `GET /people/{personId}` tells them. */
function listByIds(organization: Organization, ids: readonly string[], now: Date): Answer {
  if (ids.length > MAX_IDS) return toError(400, `No more than ${MAX_IDS} ids can be asked for`);
  const found = ids.flatMap((personId) => {
    const person = findPerson(organization, { personId });
    return person && !person.isExternal && isKnown(person, now) ? [{ personId, person }] : [];
  });
  const foundIds = new Set(found.map(({ personId }) => personId));
  return {
    status: 200,
    body: {
      items: found.map(({ person }) => toNamedJson(organization, person)),
      notFoundIds: ids.filter((id) => !foundIds.has(id)),
    },
  };
}

function listPage(organization: Organization, url: URL, now: Date): Answer {
  const limit = toLimit(url.searchParams);
  if (limit === undefined) return toError(400, 'Invalid max');
  if (organization.madeUpPeople !== undefined) return listMadeUp(organization, url, limit);
  const places = toPlaces(organization);
  const after = url.searchParams.get('after') ?? '';
  const start = after === '' ? -1 : places.get(after);
  if (start === undefined) return toError(400, 'Invalid after');
  const isAsked = createFilter(organization, url.searchParams);
  const page: Person[] = [];
  for (const person of organization.people.values()) {
    const isNext = (places.get(person.id) ?? 0) > start && !person.isExternal && isListed(person, now);
    if (isNext && isAsked(person)) page.push(person);
    if (page.length > limit) break;
  }
  const listed = page.slice(0, limit);
  const details = toDetails(url);
  const items = listed.map((person) => toPersonJson(organization, person, details));
  const answer = { status: 200, body: { items, notFoundIds: [] } };
  const last = listed.at(-1);
  return page.length <= limit || last === undefined ? answer : withNext(answer, url, last.id);
}

function withNext(answer: Answer, url: URL, after: string): Answer {
  const next = new URL(url);
  next.searchParams.set('before', '');
  next.searchParams.set('after', after);
  return { ...answer, headers: { link: `<${next.href}>; rel="next"` } };
}

/** A page of people who are nowhere else: `after` is a place in the list. */
function listMadeUp(organization: Organization, url: URL, limit: number): Answer {
  const end = Number(url.searchParams.get('after') ?? 0) + limit;
  const answer = {
    status: 200,
    body: { items: toMadeUpPeople(organization, end - limit, limit), notFoundIds: [] },
  };
  return end < (organization.madeUpPeople ?? 0) ? withNext(answer, url, String(end)) : answer;
}

/** More than the maximum is the maximum. */
function toLimit(query: URLSearchParams): number | undefined {
  const max = Number(query.get('max') ?? DEFAULT_PAGE);
  if (!Number.isInteger(max) || max < 1) return undefined;
  return Math.min(
    max,
    MAX_PAGE,
    isTrue(query, 'callingData') ? MAX_PAGE_WITH_CALLING_DATA : MAX_PAGE,
    query.has('locationId') ? MAX_PAGE_OF_LOCATION : MAX_PAGE,
  );
}

/** Each person's place in the list: a page goes on after one who has left meanwhile, too. */
const placesOf = new WeakMap<Organization, Map<string, number>>();

function toPlaces(organization: Organization): ReadonlyMap<string, number> {
  const places = placesOf.get(organization) ?? new Map<string, number>();
  placesOf.set(organization, places);
  for (const { id } of organization.people.values()) if (!places.has(id)) places.set(id, places.size);
  return places;
}

function createFilter(organization: Organization, query: URLSearchParams): (person: Person) => boolean {
  const name = query.get('displayName')?.toLowerCase() ?? '';
  const locationId = query.get('locationId');
  const roles = query.get('roles')?.split(',');
  return (person) =>
    person.displayName.toLowerCase().startsWith(name) &&
    (locationId === null || person.locationId === locationId) &&
    (roles === undefined || toRoles(organization, person).some((role) => roles.includes(role)));
}

/** `GET /people/{personId}`; `me` is the administrator whose token it is, the first of all people. */
export function readPerson(
  organizations: readonly Organization[],
  personId: string,
  url: URL,
  now: Date,
): Answer {
  const known = organizations.flatMap((organization) => {
    const [admin] = organization.people.values();
    const person = personId === 'me' ? admin : findPerson(organization, { personId });
    return person ? [{ organization, person }] : [];
  });
  // A customer's employee may be an external person of another organization.
  const found = known.find(({ person }) => !person.isExternal) ?? known[0];
  if (!found || !isKnown(found.person, now)) return NOT_FOUND;
  const { organization, person } = found;
  const toJson = person.isExternal ? toNamedJson : toPersonJson;
  return { status: 200, body: toJson(organization, person, toDetails(url)) };
}

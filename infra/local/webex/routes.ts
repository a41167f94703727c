import * as z from 'zod';
import { type Answer, NOT_FOUND, toError } from './answer.ts';
import { listLicenses, readLicense } from './catalogue-routes.ts';
import { changeLicenses } from './change-route.ts';
import type { PartialEffect } from './faults.ts';
import { listLocations } from './location-routes.ts';
import { listNumbers, validateExtensions } from './number-routes.ts';
import type { Organization } from './organization.ts';
import { findOrganization } from './organizations.ts';
import { createPerson, deletePerson, findEmployee, updatePerson } from './people-changes.ts';
import { listPeople, readPerson } from './people-routes.ts';
import type { Tokens } from './tokens.ts';

/** A request to the simulated API. */
export interface Asked {
  readonly method: string;
  /** Below `/v1`. */
  readonly path: string;
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly text: string;
  readonly body: unknown;
}

/** What an ordinary answer is made of. */
export interface Served {
  /** Those that the token may reach, its own first. */
  readonly organizations: readonly Organization[];
  /** Licenses that a scripted fault lets fail. */
  readonly partial?: PartialEffect | undefined;
  readonly tokens: Tokens;
  /** That no token has. */
  readonly missingScopes: ReadonlySet<string>;
  readonly now: Date;
}

/** The request is about the first one, and names by id what may be of any. */
interface Chosen extends Served {
  readonly organization: Organization;
}

interface Route {
  readonly method: string;
  /** Its group, if it has one, is an id. */
  readonly pattern: RegExp;
  /** Without it, the answer is 403. */
  readonly scope?: string;
  readonly toAnswer: (chosen: Chosen, asked: Asked, id: string) => Answer;
}

const ROUTES: readonly Route[] = [
  {
    method: 'PATCH',
    pattern: /^\/licenses\/users$/,
    scope: 'spark-admin:people_write',
    toAnswer: ({ organization, now, partial }, { body }) => changeLicenses(organization, body, now, partial),
  },
  {
    method: 'GET',
    pattern: /^\/licenses$/,
    scope: 'spark-admin:licenses_read',
    toAnswer: ({ organization, now }) => listLicenses(organization, now),
  },
  {
    method: 'GET',
    pattern: /^\/licenses\/([^/]+)$/,
    scope: 'spark-admin:licenses_read',
    toAnswer: ({ organizations, now }, { url }, id) => readLicense(organizations, id, url, now),
  },
  {
    method: 'GET',
    pattern: /^\/people$/,
    scope: 'spark-admin:people_read',
    toAnswer: ({ organization, now }, { url }) => listPeople(organization, url, now),
  },
  {
    method: 'POST',
    pattern: /^\/people$/,
    scope: 'spark-admin:people_write',
    toAnswer: ({ organization, now }, { url, body }) => createPerson(organization, { url, body, now }),
  },
  {
    method: 'PUT',
    pattern: /^\/people\/([^/]+)$/,
    scope: 'spark-admin:people_write',
    toAnswer: ({ organizations, now }, { url, body }, id) => {
      const found = findEmployee(organizations, id, now);
      return found ? updatePerson(found.organization, found.person, { url, body, now }) : NOT_FOUND;
    },
  },
  {
    method: 'DELETE',
    pattern: /^\/people\/([^/]+)$/,
    scope: 'spark-admin:people_write',
    toAnswer: ({ organizations, now }, _asked, id) => {
      const found = findEmployee(organizations, id, now);
      return found ? deletePerson(found.organization, found.person) : NOT_FOUND;
    },
  },
  {
    method: 'GET',
    pattern: /^\/people\/([^/]+)$/,
    scope: 'spark-admin:people_read',
    toAnswer: ({ organizations, now }, { url }, id) => readPerson(organizations, id, url, now),
  },
  {
    method: 'POST',
    pattern: /^\/telephony\/config\/locations\/([^/]+)\/actions\/validateExtensions\/invoke$/,
    scope: 'spark-admin:telephony_config_write',
    toAnswer: ({ organization }, { body }, id) => validateExtensions(organization, id, body),
  },
  {
    method: 'POST',
    pattern: /^\/telephony\/config\/actions\/validateExtensions\/invoke$/,
    scope: 'spark-admin:telephony_config_read',
    toAnswer: ({ organization }, { body }) => validateExtensions(organization, undefined, body),
  },
  {
    method: 'GET',
    pattern: /^\/telephony\/config\/numbers$/,
    scope: 'spark-admin:telephony_config_read',
    toAnswer: ({ organization }, { url }) => listNumbers(organization, url),
  },
  {
    method: 'GET',
    pattern: /^\/locations$/,
    toAnswer: ({ organization }, { url }) => listLocations(organization, url),
  },
  {
    method: 'GET',
    pattern: /^\/authorizations\/tokenExpiry$/,
    toAnswer: ({ tokens }, { authorization }) => tokens.expiry(authorization),
  },
  {
    method: 'POST',
    pattern: /^\/access_token$/,
    toAnswer: ({ tokens }, { text }) => tokens.refresh(new URLSearchParams(text)),
  },
];

/** The answer where no fault is scripted. */
export function toOrdinary(served: Served, asked: Asked): Answer {
  const { method, path } = asked;
  const orgId = toOrgId(asked);
  const organizations =
    orgId === undefined ? served.organizations : findOrganization(served.organizations, orgId);
  const [organization] = organizations;
  if (!organization) return toError(403, 'The organization is not yours to manage');
  const routes = ROUTES.filter(({ pattern }) => pattern.test(path));
  if (routes.length === 0) return NOT_FOUND;
  const route = routes.find((other) => other.method === method);
  if (!route) return toError(405, 'Method not allowed');
  if (route.scope !== undefined && served.missingScopes.has(route.scope))
    return toError(403, `The token lacks the scope ${route.scope}`);
  const id = decode(route.pattern.exec(path)?.[1] ?? '');
  return id === undefined ? NOT_FOUND : route.toAnswer({ ...served, organizations, organization }, asked, id);
}

const changeOfSchema = z.object({ orgId: z.string() });

/** The organization that a request names: in its query, or a change in its body. */
export function toOrgId({ method, url, body }: Asked): string | undefined {
  const change = method === 'PATCH' || method === 'POST' ? changeOfSchema.safeParse(body).data : undefined;
  return change?.orgId ?? url.searchParams.get('orgId') ?? undefined;
}

/** Who a path is of: `/people/{id}`. */
export const findPersonId = (path: string): string | undefined =>
  decode(/^\/people\/([^/]+)$/.exec(path)?.[1] ?? '') || undefined;

/** Undefined where the text is not percent-encoded as it should be. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

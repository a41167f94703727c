import { type Answer, NOT_FOUND, toError } from './answer.ts';
import { listLicenses, listPeople, readLicense, readPerson } from './catalogue-routes.ts';
import { changeLicenses } from './change-route.ts';
import type { Organization } from './organization.ts';
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
  readonly organization: Organization;
  readonly tokens: Tokens;
  readonly now: Date;
}

interface Route {
  readonly method: string;
  /** Its group, if it has one, is an id. */
  readonly pattern: RegExp;
  readonly toAnswer: (served: Served, asked: Asked, id: string) => Answer;
}

const ROUTES: readonly Route[] = [
  {
    method: 'PATCH',
    pattern: /^\/licenses\/users$/,
    toAnswer: ({ organization, now }, { body }) => changeLicenses(organization, body, now),
  },
  {
    method: 'GET',
    pattern: /^\/licenses$/,
    toAnswer: ({ organization }) => listLicenses(organization),
  },
  {
    method: 'GET',
    pattern: /^\/licenses\/([^/]+)$/,
    toAnswer: ({ organization, now }, { url }, id) => readLicense(organization, id, url, now),
  },
  {
    method: 'GET',
    pattern: /^\/people$/,
    toAnswer: ({ organization, now }, { url }) => listPeople(organization, url, now),
  },
  {
    method: 'GET',
    pattern: /^\/people\/([^/]+)$/,
    toAnswer: ({ organization, now }, _asked, id) => readPerson(organization, id, now),
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
  const { method, path, url } = asked;
  const orgId = url.searchParams.get('orgId');
  if (orgId !== null && orgId !== served.organization.id) {
    return toError(403, 'The organization is not yours to manage');
  }
  const routes = ROUTES.filter(({ pattern }) => pattern.test(path));
  if (routes.length === 0) return NOT_FOUND;
  const route = routes.find((other) => other.method === method);
  if (!route) return toError(405, 'Method not allowed');
  const id = decode(route.pattern.exec(path)?.[1] ?? '');
  return id === undefined ? NOT_FOUND : route.toAnswer(served, asked, id);
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

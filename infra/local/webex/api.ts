import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { type Answer, NOT_FOUND, toError } from './answer.ts';
import { listLicenses, listPeople, readLicense, readPerson } from './catalogue-routes.ts';
import { changeLicenses, toHoldings } from './change-route.ts';
import type { Effect, Faults } from './faults.ts';
import { findPerson, type Organization } from './organization.ts';
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

interface Deps {
  readonly organization: () => Organization;
  readonly faults: Faults;
  readonly tokens: Tokens;
  /** Seconds to wait where the rate is exceeded. */
  readonly limit: () => number | undefined;
}

const namedSchema = z.object({
  email: z.string().toLowerCase().optional().catch(undefined),
  personId: z.string().optional().catch(undefined),
});

/** Answers as Webex does, or as a scripted fault says; `reset` and `hang` are no answers. */
export function createApi({ organization, faults, tokens, limit }: Deps) {
  return toAnswer;

  async function toAnswer(asked: Asked): Promise<Answer | 'reset' | 'hang'> {
    if (asked.method === 'POST' && asked.path === '/access_token') {
      return tokens.refresh(new URLSearchParams(asked.text));
    }
    if (!tokens.isValid(asked.authorization))
      return toError(401, 'The request requires a valid access token.');
    const waitSeconds = limit();
    if (waitSeconds !== undefined) {
      return { ...toError(429, 'Too many requests'), headers: { 'retry-after': `${waitSeconds}` } };
    }
    const email = findAsked(asked)?.email ?? toNamed(asked).email;
    const effect = faults.next({ method: asked.method, path: asked.path, email });
    return effect ? toFaulty(asked, effect) : toOrdinary(asked);
  }

  function toOrdinary({ method, path, url, authorization, body }: Asked): Answer {
    const [, area, id] = path.split('/').map(decodeURIComponent);
    if (method === 'PATCH' && path === '/licenses/users') return changeLicenses(organization(), body);
    if (method !== 'GET') return toError(405, 'Method not allowed');
    if (path === '/authorizations/tokenExpiry') return tokens.expiry(authorization);
    if (area === 'licenses') return id ? readLicense(organization(), id, url) : listLicenses(organization());
    if (area === 'people') return id ? readPerson(organization(), id) : listPeople(organization(), url);
    return NOT_FOUND;
  }

  async function toFaulty(asked: Asked, effect: Effect): Promise<Answer | 'reset' | 'hang'> {
    if ('applied' in effect && effect.applied) toOrdinary(asked);
    switch (effect.kind) {
      case 'status': {
        const headers = effect.retryAfter === undefined ? {} : { 'retry-after': effect.retryAfter };
        return {
          ...toError(effect.status, 'Scripted'),
          ...(effect.body !== undefined && { body: effect.body }),
          headers,
        };
      }
      case 'html':
        return {
          status: effect.status,
          body: '<html><body>Bad gateway</body></html>',
          headers: { 'content-type': 'text/html' },
        };
      case 'malformed-json':
        return { status: 200, body: '{"items": [', headers: { 'content-type': 'application/json' } };
      case 'slow':
        await delay(effect.delayMs);
        return toOrdinary(asked);
      case 'not-applied': {
        const person = findAsked(asked);
        return person ? { status: 200, body: toHoldings(organization(), person) } : NOT_FOUND;
      }
      case 'partial':
        return changeLicenses(organization(), asked.body, effect);
      default:
        return effect.kind;
    }
  }

  /** Whom a request is about, if it is somebody. */
  function findAsked(asked: Asked) {
    const [, area, id] = asked.path.split('/').map(decodeURIComponent);
    const { email, personId = asked.url.searchParams.get('id') ?? undefined } = toNamed(asked);
    return findPerson(organization(), { email, personId: personId ?? (area === 'people' ? id : undefined) });
  }
}

/** Whom a request names: in its body, or in its query. */
function toNamed({ body, url }: Asked): z.output<typeof namedSchema> {
  const inBody = namedSchema.safeParse(body);
  return inBody.success ? inBody.data : namedSchema.parse(Object.fromEntries(url.searchParams));
}

import * as z from 'zod';
import { type Answer, toError } from './answer.ts';
import { toHoldings } from './change-route.ts';
import { findPerson, isListed } from './directory.ts';
import type { Effect, Faults, PartialEffect } from './faults.ts';
import type { Organization } from './organization.ts';
import { findOrganization } from './organizations.ts';
import { type Asked, findPersonId, toOrdinary, toOrgId } from './routes.ts';
import type { Tokens } from './tokens.ts';

interface Deps {
  /** The own one first. */
  readonly organizations: () => readonly Organization[];
  readonly faults: Faults;
  readonly tokens: Tokens;
  readonly missingScopes: () => ReadonlySet<string>;
  /** Seconds to wait where the rate is exceeded. */
  readonly limit: () => number | undefined;
  readonly now: () => Date;
  readonly wait: (delayMs: number) => Promise<void>;
}

const namedSchema = z.object({
  email: z.string().toLowerCase().optional().catch(undefined),
  personId: z.string().optional().catch(undefined),
  licenses: z.array(z.object({ id: z.string() })).catch([]),
});

/** Answers as Webex does, or as a scripted fault says; `reset` and `hang` are no answers. */
export function createApi({ organizations, faults, tokens, missingScopes, limit, now, wait }: Deps) {
  return toAnswer;

  async function toAnswer(asked: Asked): Promise<Answer | 'reset' | 'hang'> {
    const { method, path, authorization } = asked;
    // Who asks for a token has none.
    if (path !== '/access_token') {
      if (!tokens.isValid(authorization)) return toError(401, 'The request requires a valid access token.');
      const waitSeconds = limit();
      if (waitSeconds !== undefined) {
        return { ...toError(429, 'Too many requests'), headers: { 'retry-after': `${waitSeconds}` } };
      }
    }
    const { email, licenses } = toNamed(asked);
    const target = {
      method,
      path,
      email: findAsked(asked)?.person.email ?? email,
      licenseIds: licenses.map(({ id }) => id),
    };
    const effect = faults.next(target);
    const answered = effect ? await toFaulty(asked, effect) : answer(asked);
    return typeof answered === 'string' ? answered : faults.toOdd(target, answered, asked.url);
  }

  function answer(asked: Asked, partial?: PartialEffect): Answer {
    const reach = { organizations: toReach(asked), missingScopes: missingScopes() };
    return toOrdinary({ ...reach, tokens, now: now(), partial }, asked);
  }

  /** All organizations are a partner's to manage. */
  function toReach({ authorization }: Asked): readonly Organization[] {
    return tokens.isPartner(authorization) ? organizations() : organizations().slice(0, 1);
  }

  async function toFaulty(asked: Asked, effect: Effect): Promise<Answer | 'reset' | 'hang'> {
    if ('applied' in effect && effect.applied) answer(asked);
    switch (effect.kind) {
      case 'status': {
        const { status, retryAfter, body, contentType } = effect;
        const headers = {
          ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
          ...(contentType !== undefined && { 'content-type': contentType }),
        };
        return { ...toError(status, 'Scripted'), ...(body !== undefined && { body }), headers };
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
        await wait(effect.delayMs);
        return answer(asked);
      case 'not-applied': {
        const { organization, person } = findAsked(asked) ?? {};
        return organization && person && isListed(person, now())
          ? { status: 200, body: toHoldings(organization, person) }
          : answer(asked);
      }
      case 'partial':
        return answer(asked, effect);
      default:
        return effect.kind;
    }
  }

  /** Whom a request is about, if it is somebody. */
  function findAsked(asked: Asked) {
    const { email, personId = asked.url.searchParams.get('id') ?? undefined } = toNamed(asked);
    const orgId = toOrgId(asked);
    const callStorage = toReach(asked);
    for (const organization of orgId === undefined ? callStorage : findOrganization(callStorage, orgId)) {
      const person = findPerson(organization, { email, personId: personId ?? findPersonId(asked.path) });
      if (person) return { organization, person };
    }
    return undefined;
  }
}

/** Whom and what a request names: in its body, or in its query. */
function toNamed({ body, url }: Asked): z.output<typeof namedSchema> {
  const inBody = namedSchema.safeParse(body);
  return inBody.success ? inBody.data : namedSchema.parse(Object.fromEntries(url.searchParams));
}

import * as z from 'zod';
import { type Answer, toError } from './answer.ts';
import { changeLicenses, toHoldings } from './change-route.ts';
import { findPerson, isListed } from './directory.ts';
import type { Effect, Faults } from './faults.ts';
import type { Organization } from './organization.ts';
import { type Asked, findPersonId, toOrdinary } from './routes.ts';
import type { Tokens } from './tokens.ts';

interface Deps {
  readonly organization: () => Organization;
  readonly faults: Faults;
  readonly tokens: Tokens;
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
export function createApi({ organization, faults, tokens, limit, now, wait }: Deps) {
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
    const effect = faults.next({
      method,
      path,
      email: findAsked(asked)?.email ?? email,
      licenseIds: licenses.map(({ id }) => id),
    });
    return effect ? toFaulty(asked, effect) : answer(asked);
  }

  function answer(asked: Asked): Answer {
    return toOrdinary({ organization: organization(), tokens, now: now() }, asked);
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
        const person = findAsked(asked);
        return person && isListed(person, now())
          ? { status: 200, body: toHoldings(organization(), person) }
          : answer(asked);
      }
      case 'partial':
        return changeLicenses(organization(), asked.body, now(), effect);
      default:
        return effect.kind;
    }
  }

  /** Whom a request is about, if it is somebody. */
  function findAsked(asked: Asked) {
    const { email, personId = asked.url.searchParams.get('id') ?? undefined } = toNamed(asked);
    return findPerson(organization(), { email, personId: personId ?? findPersonId(asked.path) });
  }
}

/** Whom and what a request names: in its body, or in its query. */
function toNamed({ body, url }: Asked): z.output<typeof namedSchema> {
  const inBody = namedSchema.safeParse(body);
  return inBody.success ? inBody.data : namedSchema.parse(Object.fromEntries(url.searchParams));
}

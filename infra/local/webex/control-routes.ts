import * as z from 'zod';
import type { Answer } from './answer.ts';
import { type Fault, faultSchema } from './faults.ts';
import { addPerson, type Organization } from './organization.ts';
import type { RateLimit } from './rate-limit.ts';
import type { RecordedRequest } from './request-log.ts';

const personSchema = z.strictObject({
  email: z.email(),
  displayName: z.string().exactOptional(),
  isExternal: z.boolean().exactOptional(),
  licenses: z.array(z.string()).exactOptional(),
  /** How many looks at the person find nobody: HR is ahead of the directory. */
  unknownLooks: z.number().int().min(0).exactOptional(),
  /** How long nobody is found. */
  unknownMs: z.number().int().min(0).exactOptional(),
});

const rateLimitSchema = z.strictObject({
  requests: z.number().int().min(1),
  perSeconds: z.number().positive(),
});

/** What can be controlled. */
export interface Controls {
  /** As it is now. */
  organization(): Organization;
  requests(): readonly RecordedRequest[];
  clearRequests(): void;
  script(fault: Fault): void;
  clearFaults(): void;
  limitRate(limit: RateLimit | undefined): void;
  /** Refuses every access token known so far. */
  revokeTokens(): void;
  /** The organization as at the start; no faults, no limit, no requests. */
  reset(): void;
}

/** What the control routes are, for whoever starts the simulator by hand. */
export const CONTROL_ROUTES = [
  [
    'POST',
    '/control/faults',
    'script a fault: {"method","path","email","licenseId","skip","times","effect":{"kind":…}}',
  ],
  ['DELETE', '/control/faults', 'forget all faults'],
  ['GET', '/control/requests', 'what was asked, oldest first'],
  ['DELETE', '/control/requests', 'forget what was asked'],
  ['GET', '/control/organization', 'licenses, and people with what they hold'],
  ['PUT', '/control/people', 'add or replace a person: {"email","licenses","unknownLooks","unknownMs"}'],
  ['PUT', '/control/rate-limit', '{"requests","perSeconds"}; DELETE to lift it'],
  ['POST', '/control/revoke-tokens', 'refuse every access token so far'],
  ['POST', '/control/reset', 'all as at the start'],
] as const;

const done: Answer = { status: 200, body: { done: true } };

/** Answers `/control/…`; undefined where there is no such route. */
export function control(
  simulator: Controls,
  { method, path, body, now }: { method: string; path: string; body: unknown; now: Date },
): Answer | undefined {
  switch (`${method} ${path}`) {
    case 'POST /control/faults':
      return withParsed(faultSchema, body, (fault) => {
        simulator.script(fault);
        return done;
      });
    case 'DELETE /control/faults':
      simulator.clearFaults();
      return done;
    case 'GET /control/requests':
      return { status: 200, body: { items: simulator.requests() } };
    case 'DELETE /control/requests':
      simulator.clearRequests();
      return done;
    case 'GET /control/organization':
      return { status: 200, body: toJson(simulator) };
    case 'PUT /control/people':
      return withParsed(personSchema, body, (person) => putPerson(simulator.organization(), person, now));
    case 'PUT /control/rate-limit':
      return withParsed(rateLimitSchema, body, (limit) => {
        simulator.limitRate(limit);
        return done;
      });
    case 'DELETE /control/rate-limit':
      simulator.limitRate(undefined);
      return done;
    case 'POST /control/revoke-tokens':
      simulator.revokeTokens();
      return done;
    case 'POST /control/reset':
      simulator.reset();
      return done;
    default:
      return undefined;
  }
}

function withParsed<T>(schema: z.ZodType<T>, body: unknown, act: (value: T) => Answer): Answer {
  const parsed = schema.safeParse(body);
  return parsed.success ? act(parsed.data) : toRefusal(z.prettifyError(parsed.error));
}

const toRefusal = (message: string): Answer => ({ status: 400, body: { message } });

function putPerson(
  organization: Organization,
  { unknownMs, ...person }: z.output<typeof personSchema>,
  now: Date,
): Answer {
  const unknown = person.licenses?.filter((id) => !organization.licenses.has(id)) ?? [];
  if (unknown.length > 0) return toRefusal(`There are no licenses with the ids ${unknown.join(', ')}`);
  addPerson(organization, {
    ...person,
    ...(unknownMs !== undefined && { unknownUntilMs: now.getTime() + unknownMs }),
  });
  return done;
}

function toJson(simulator: Controls) {
  const { id, licenses, people, locationIds, siteUrls } = simulator.organization();
  return {
    id,
    locationIds: [...locationIds],
    siteUrls: [...siteUrls],
    licenses: [...licenses.values()],
    people: [...people.values()].map((person) => ({
      ...person,
      licenses: [...person.licenses],
      pendingLicenses: [...person.pendingLicenses],
      sites: Object.fromEntries(person.sites),
      pendingSites: Object.fromEntries(person.pendingSites),
    })),
  };
}

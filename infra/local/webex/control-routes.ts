import * as z from 'zod';
import type { Answer } from './answer.ts';
import { done, toRefusal } from './control-answer.ts';
import {
  acceptPending,
  acceptSchema,
  featureSchema,
  organizationSchema,
  personSchema,
  putFeature,
  putOrganization,
  putPerson,
  toJson,
} from './control-organizations.ts';
import { type Fault, faultSchema } from './faults.ts';
import type { Organization } from './organization.ts';
import type { RateLimit } from './rate-limit.ts';
import type { RecordedRequest } from './request-log.ts';

const rateLimitSchema = z.strictObject({
  requests: z.number().int().min(1),
  perSeconds: z.number().positive(),
});

const scopesSchema = z.strictObject({ missing: z.array(z.string()) });

const tokenSchema = z.strictObject({ accessToken: z.string().min(1), isPartner: z.boolean() });

/** What can be controlled. */
export interface Controls {
  /** The token's own, as it is now. */
  organization(): Organization;
  /** All, the own one first. */
  organizations(): readonly Organization[];
  /** Adds or replaces an organization that partners manage. @returns false where it is the own one */
  putCustomer(customer: Organization): boolean;
  requests(): readonly RecordedRequest[];
  clearRequests(): void;
  script(fault: Fault): void;
  clearFaults(): void;
  limitRate(limit: RateLimit | undefined): void;
  /** The scopes that no token has from now on. */
  withdrawScopes(scopes: readonly string[]): void;
  /** Refuses every access token known so far. */
  revokeTokens(): void;
  /** Takes an access token, from now on; a partner may name other organizations by `orgId`. */
  grantToken(accessToken: string, isPartner: boolean): void;
  /** The organizations as at the start; no faults, no limit, no requests. */
  reset(): void;
}

/** The control routes, as the simulator prints them when it is started by hand. */
export const CONTROL_ROUTES = [
  [
    'POST',
    '/control/faults',
    'script a fault or an odd answer: {"method","path","email","licenseId","skip","times","effect":{"kind":…}}',
  ],
  ['DELETE', '/control/faults', 'forget all faults'],
  ['GET', '/control/requests', 'what was asked, oldest first'],
  ['DELETE', '/control/requests', 'forget what was asked'],
  ['GET', '/control/organization', 'licenses, and people with what they hold'],
  ['GET', '/control/organizations', 'the same of all organizations, the own one first'],
  [
    'PUT',
    '/control/organizations',
    'add or replace one that partners manage: {"name","licenses":[{"name","kind","totalUnits",…}],"people":[…],"locations":[…]}',
  ],
  [
    'PUT',
    '/control/people',
    'add or replace a person: {"email","orgId","licenses","aliases","isExternal","lastActivity","unknownLooks","unknownMs",…}',
  ],
  ['POST', '/control/accept', 'an external person accepts what is pending: {"email","orgId"}'],
  ['PUT', '/control/tokens', 'take an access token: {"accessToken","isPartner"}'],
  ['PUT', '/control/scopes', 'the scopes that no token has from now on: {"missing":[…]}'],
  [
    'PUT',
    '/control/features',
    'a call park or queue takes an extension, or frees it: {"locationId","extension","type":"CALL_PARK"|"CALL_QUEUE"|null}',
  ],
  ['PUT', '/control/rate-limit', '{"requests","perSeconds"}; DELETE to lift it'],
  ['POST', '/control/revoke-tokens', 'refuse every access token so far'],
  ['POST', '/control/reset', 'all as at the start'],
] as const;

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
      return { status: 200, body: toJson(simulator.organization()) };
    case 'GET /control/organizations':
      return { status: 200, body: { items: simulator.organizations().map(toJson) } };
    case 'PUT /control/organizations':
      return withParsed(organizationSchema, body, (organization) => putOrganization(simulator, organization));
    case 'PUT /control/people':
      return withParsed(personSchema, body, (person) => putPerson(simulator, person, now));
    case 'POST /control/accept':
      return withParsed(acceptSchema, body, (person) => acceptPending(simulator, person));
    case 'PUT /control/tokens':
      return withParsed(tokenSchema, body, ({ accessToken, isPartner }) => {
        simulator.grantToken(accessToken, isPartner);
        return done;
      });
    case 'PUT /control/scopes':
      return withParsed(scopesSchema, body, ({ missing }) => {
        simulator.withdrawScopes(missing);
        return done;
      });
    case 'PUT /control/features':
      return withParsed(featureSchema, body, (feature) => putFeature(simulator, feature));
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

import * as z from 'zod';
import type { Operation } from '../contract/license-request.ts';
import { toFailure, toUncertainFailure } from './failure.ts';
import { type License, licenseListSchema } from './license.ts';
import type { Transport, WebexAnswer, WebexCall } from './transport.ts';

export interface PersonReference {
  readonly email?: string | undefined;
  readonly personId?: string | undefined;
}

/** The body of `PATCH /licenses/users`. */
export interface LicenseChange {
  readonly person: PersonReference;
  readonly orgId?: string | undefined;
  readonly licenses: readonly {
    readonly id: string;
    readonly operation: Operation;
    readonly properties?: object | undefined;
  }[];
  readonly siteUrls: readonly {
    readonly siteUrl: string;
    readonly accountType: 'attendee';
    readonly operation: Operation;
  }[];
}

/** A host or attendee account on a meeting site. */
export interface Site {
  readonly siteUrl: string;
  readonly accountType: string;
}

/** What a person holds: after a change, the whole resulting set. */
export interface Holdings {
  readonly personId: string | undefined;
  readonly licenses: readonly string[];
  /** Held once a person outside the organization accepts. */
  readonly pendingLicenses: readonly string[];
  /** Undefined where the answer does not tell. */
  readonly sites: readonly Site[] | undefined;
  readonly pendingSites: readonly Site[];
}

export interface ChangeAnswer {
  /** 206 where a part was not done; which part, only the holdings tell. */
  readonly status: number;
  readonly trackingId: string | undefined;
  readonly holdings: Holdings;
}

/** The calls of the Webex API that the app makes. All throw {@link WebexFailure}. */
export interface WebexClient {
  /** The whole catalogue, and how many of its rows could not be read. Source: `GET /licenses`. */
  listLicenses(
    orgId?: string,
  ): Promise<{ readonly licenses: readonly License[]; readonly unreadable: number }>;
  /** Adds and removes licenses of one person, in one call. Source: `PATCH /licenses/users`. */
  changeLicenses(change: LicenseChange, deadline?: Date): Promise<ChangeAnswer>;
  /** What a person holds; undefined where Webex does not know the person. Source: `GET /people`. */
  findHoldings(person: PersonReference, orgId?: string, deadline?: Date): Promise<Holdings | undefined>;
}

const ids = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);
const sites = z
  .array(z.object({ siteUrl: z.string().toLowerCase(), accountType: z.string().toLowerCase() }))
  .nullish()
  .transform((value) => value ?? []);

const changeSchema = z
  .object({
    personId: z.string().optional(),
    licenses: z.array(z.string()),
    siteUrls: sites,
    pendingLicenses: ids,
    pendingSiteUrls: sites,
  })
  .transform(
    (answer): Holdings => ({
      personId: answer.personId,
      licenses: answer.licenses,
      pendingLicenses: answer.pendingLicenses,
      sites: answer.siteUrls,
      pendingSites: answer.pendingSiteUrls,
    }),
  );

const personSchema = z
  .object({ id: z.string(), licenses: ids, siteUrls: z.array(z.string()).nullish() })
  .transform(
    (person): Holdings => ({
      personId: person.id,
      licenses: person.licenses,
      pendingLicenses: [],
      sites: person.siteUrls?.map(toSite),
      pendingSites: [],
    }),
  );

/** A person's site is `mysite.webex.com#attendee`, or without account type where the person is a host. */
function toSite(text: string): Site {
  const [siteUrl = '', accountType = 'host'] = text.toLowerCase().split('#');
  return { siteUrl, accountType };
}

const peopleSchema = z.object({ items: z.array(personSchema) });

export function createWebexClient(transport: Transport): WebexClient {
  async function ask<T>(call: WebexCall, schema: z.ZodType<T>, about: 'organization' | 'person') {
    const answer = await transport.call(call);
    if (answer.status !== 200 && answer.status !== 206) throw toFailure(answer, about);
    const parsed = schema.safeParse(toJson(answer));
    if (!parsed.success) {
      throw toUncertainFailure(
        'unreadable-answer',
        `an answer of ${answer.status} of another shape`,
        answer.trackingId,
      );
    }
    return { answer, value: parsed.data };
  }

  return {
    async listLicenses(orgId) {
      const path = `/licenses${toQuery({ orgId })}`;
      const { value } = await ask({ method: 'GET', path }, licenseListSchema, 'organization');
      return value;
    },

    async changeLicenses({ person, orgId, licenses, siteUrls }, deadline) {
      const call = {
        method: 'PATCH' as const,
        path: '/licenses/users',
        body: {
          ...toPerson(person),
          orgId,
          ...(licenses.length === 0 ? {} : { licenses }),
          ...(siteUrls.length === 0 ? {} : { siteUrls }),
        },
        deadline,
      };
      const { answer, value } = await ask(call, changeSchema, 'person');
      return { status: answer.status, trackingId: answer.trackingId, holdings: value };
    },

    async findHoldings({ email, personId }, orgId, deadline) {
      const path = `/people${toQuery(personId === undefined ? { email, orgId } : { id: personId, orgId })}`;
      const { value } = await ask({ method: 'GET', path, deadline }, peopleSchema, 'person');
      return value.items[0];
    },
  };
}

function toQuery(parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

/** The id where it is known: an address may pass to somebody else. */
const toPerson = ({ email, personId }: PersonReference) =>
  personId === undefined ? { email } : { personId };

function toJson({ body, trackingId, status }: WebexAnswer): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw toUncertainFailure('unreadable-answer', `an answer of ${status} that is not JSON`, trackingId);
  }
}

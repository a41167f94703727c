import * as z from 'zod';
import { toPathSegment } from '../platform/path-segment.ts';
import { ask, toQuery } from './ask.ts';
import { WebexFailure } from './failure.ts';
import { type License, type LicenseList, licenseDetailsSchema, licenseListSchema } from './license.ts';
import { type LicenseUser, licenseUsersShape } from './license-users.ts';
import { type Page, readPages } from './paging.ts';
import { findBrokenRule } from './request-rules.ts';
import type { Transport } from './transport.ts';
import {
  type AssignLicensesRequest,
  type Person,
  personSchema,
  type UserLicensesResponse,
  userLicensesSchema,
} from './user-licenses.ts';

export interface AssignLicensesResult {
  /** True for a 206: a part was not done, and only the licenses in `user` tell which. */
  readonly isPartial: boolean;
  readonly trackingId: string | undefined;
  readonly user: UserLicensesResponse;
}

export interface AssignedUsersOptions {
  /** People to a page, 1 to 300. */
  readonly limit?: number;
  /** `next` of a page: goes on after it. */
  readonly from?: string | undefined;
}

/** The Webex Licenses API. All calls throw {@link WebexFailure}. Source: https://developer.webex.com/admin/docs/api/v1/licenses */
export interface WebexLicenses {
  /** The whole catalogue of an organization, the token's own where none is named; odd rows apart. */
  list(options?: { readonly orgId?: string | undefined }): Promise<LicenseList>;
  details(licenseId: string): Promise<License>;
  /** Who holds a license, one by one. */
  assignedUsers(
    licenseId: string,
    options?: AssignedUsersOptions,
  ): AsyncGenerator<LicenseUser, void, undefined>;
  /** The same, page by page, each with where to go on after it. */
  assignedUserPages(
    licenseId: string,
    options?: AssignedUsersOptions,
  ): AsyncIterableIterator<Page<LicenseUser>, void>;
  /**
   * Adds and removes licenses of one person who exists, in one call.
   * @throws {WebexFailure} without a call, named by the rule, for what Webex would refuse
   */
  assignLicensesToUsers(request: AssignLicensesRequest, deadline?: Date): Promise<AssignLicensesResult>;
}

export interface WebexPeople {
  /**
   * By id where it is given, else by address; undefined where Webex does not know the person. By id it is
   * `GET /people/{personId}`: `GET /people?id=` leaves out the licenses.
   * Source: https://developer.webex.com/admin/docs/api/v1/people/list-people
   */
  find(
    person: { readonly email?: string | undefined; readonly personId?: string | undefined },
    options?: { readonly orgId?: string | undefined; readonly deadline?: Date },
  ): Promise<Person | undefined>;
}

export interface WebexClient {
  readonly licenses: WebexLicenses;
  readonly people: WebexPeople;
}

export interface WebexClientOptions {
  readonly transport: Transport;
  /** The base of the API, such as `https://webexapis.com/v1`. */
  readonly apiUrl: string;
  readonly sleep: (delayMs: number) => Promise<void>;
}

const MAX_PAGE = 300;
/** Below `/people/`, no person's id, but the administrator whose token it is. */
const OWN_PATH = 'me';
const peopleSchema = z.object({ items: z.array(personSchema) });

export function createWebexClient({ transport, apiUrl, sleep }: WebexClientOptions): WebexClient {
  /** @throws {WebexFailure} where the id would lead to another place */
  function toLicensePath(licenseId: string): string {
    const segment = toPathSegment(licenseId);
    if (segment !== undefined) return `/licenses/${segment}`;
    throw new WebexFailure({ condition: 'license-not-recognized', remedy: 'permanent', errors: [] });
  }

  function assignedUserPages(licenseId: string, { limit = MAX_PAGE, from }: AssignedUsersOptions = {}) {
    const query = toQuery({ includeAssignedTo: 'user', limit: String(limit) });
    const path = from ?? `${toLicensePath(licenseId)}${query}`;
    return readPages(transport, licenseUsersShape, { path, apiUrl, sleep });
  }

  async function findById(personId: string, deadline: Date | undefined): Promise<Person | undefined> {
    const segment = toPathSegment(personId);
    if (segment === undefined || segment.toLowerCase() === OWN_PATH) return undefined;
    const call = { method: 'GET' as const, path: `/people/${segment}`, deadline };
    try {
      return (await ask(transport, call, personSchema, 'person')).value;
    } catch (error) {
      if (error instanceof WebexFailure && error.status === 404) return undefined;
      throw error;
    }
  }

  return {
    licenses: {
      async list({ orgId } = {}) {
        const call = { method: 'GET' as const, path: `/licenses${toQuery({ orgId })}` };
        return (await ask(transport, call, licenseListSchema, 'organization')).value;
      },

      async details(licenseId) {
        const call = { method: 'GET' as const, path: toLicensePath(licenseId) };
        return (await ask(transport, call, licenseDetailsSchema, 'license')).value;
      },

      assignedUserPages,

      async *assignedUsers(licenseId, options) {
        for await (const { items } of assignedUserPages(licenseId, options)) yield* items;
      },

      async assignLicensesToUsers(request, deadline) {
        const broken = findBrokenRule(request);
        if (broken) {
          throw new WebexFailure({
            condition: broken.rule,
            remedy: 'permanent',
            advice: broken.advice,
            errors: [],
          });
        }
        const call = { method: 'PATCH' as const, path: '/licenses/users', body: toBody(request), deadline };
        const { answer, value } = await ask(transport, call, userLicensesSchema, 'person');
        return { isPartial: answer.status === 206, trackingId: answer.trackingId, user: value };
      },
    },

    people: {
      async find({ email, personId }, { orgId, deadline } = {}) {
        if (personId !== undefined) return findById(personId, deadline);
        const call = { method: 'GET' as const, path: `/people${toQuery({ email, orgId })}`, deadline };
        return (await ask(transport, call, peopleSchema, 'person')).value.items[0];
      },
    },
  };
}

/** By id where it is known: an address may pass to somebody else. Empty lists are left out. */
function toBody({ email, personId, orgId, licenses = [], siteUrls = [] }: AssignLicensesRequest) {
  return {
    ...(personId === undefined ? { email } : { personId }),
    orgId,
    ...(licenses.length > 0 && { licenses }),
    ...(siteUrls.length > 0 && { siteUrls }),
  };
}

import { toPathSegment } from '../platform/path-segment.ts';
import { ask, toQuery } from './ask.ts';
import { createWebexNumbers } from './calling-numbers.ts';
import { changeLicenses } from './change-licenses.ts';
import { WebexFailure } from './errors/failure.ts';
import { type License, type LicenseList, licenseListSchema, licenseSchema } from './license.ts';
import { licenseUsersShape } from './license-users.ts';
import { listedPeopleShape, PEOPLE_QUERY } from './listed-people.ts';
import { LOCATIONS_QUERY, type Location, locationsShape } from './locations.ts';
import { readPages } from './paging.ts';
import { findPerson, type WebexPeople } from './people.ts';
import type { Transport } from './transport.ts';
import type { AssignLicensesRequest } from './user-licenses.ts';

export type { AssignLicensesResult } from './change-licenses.ts';
export type { WebexPeople } from './people.ts';

interface AssignedUsersOptions {
  /** People to a page, 1 to 300. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly from?: string | undefined;
}

export type WebexClient = ReturnType<typeof createWebexClient>;
export type WebexLicenses = WebexClient['licenses'];

interface WebexClientOptions {
  readonly transport: Transport;
  /** The base of the API, such as `https://webexapis.com/v1`. */
  readonly apiUrl: string;
  readonly sleep: (delayMs: number) => Promise<void>;
}

const MAX_PAGE = 300;

/**
 * The Webex APIs of licenses, people and numbers. All calls throw {@link WebexFailure}.
 * Source: https://developer.webex.com/admin/docs/api/v1/licenses
 */
export function createWebexClient({ transport, apiUrl, sleep }: WebexClientOptions) {
  /** @throws {WebexFailure} where the id would lead to another place */
  function toLicensePath(licenseId: string): string {
    const segment = toPathSegment(licenseId);
    if (segment !== undefined) return `/licenses/${segment}`;
    throw new WebexFailure({ condition: 'license-not-recognized', remedy: 'permanent', errors: [] });
  }

  /** The people who hold a license, page by page, each with the path of the next one. */
  function assignedUserPages(licenseId: string, { limit = MAX_PAGE, from }: AssignedUsersOptions = {}) {
    const query = { includeAssignedTo: 'user', limit: String(limit) };
    return readPages(transport, licenseUsersShape, {
      ...{ path: from ?? toLicensePath(licenseId), query, apiUrl, sleep },
    });
  }

  return {
    licenses: {
      /** The catalogue of an organization, by default the token's own; unreadable rows are listed apart. */
      async list({ orgId }: { readonly orgId?: string | undefined } = {}): Promise<LicenseList> {
        const call = { method: 'GET' as const, path: `/licenses${toQuery({ orgId })}` };
        return (await ask(transport, call, licenseListSchema, 'organization')).value;
      },

      async details(licenseId: string): Promise<License> {
        const call = { method: 'GET' as const, path: toLicensePath(licenseId) };
        return (await ask(transport, call, licenseSchema, 'license')).value;
      },

      assignedUserPages,

      /** The people who hold a license. */
      async *assignedUsers(licenseId: string, options?: AssignedUsersOptions) {
        for await (const { items } of assignedUserPages(licenseId, options)) yield* items;
      },

      /** Adds and removes licenses of one existing person, in one call: see `changeLicenses`. */
      assignLicensesToUsers: (request: AssignLicensesRequest, deadline?: Date) =>
        changeLicenses(transport, request, deadline),
    },

    locations: {
      /** All locations of the token's own organization. */
      async list(): Promise<readonly Location[]> {
        const found: Location[] = [];
        const paging = { path: '/locations', query: LOCATIONS_QUERY, apiUrl, sleep };
        for await (const { items } of readPages(transport, locationsShape, paging)) found.push(...items);
        return found;
      },
    },

    numbers: createWebexNumbers(transport),

    people: {
      find: (...args: Parameters<WebexPeople['find']>) => findPerson(transport, ...args),
      /**
       * All people of the token's own organization, page by page, in no order. The next page is requested while one is
       * read.
       * @param from `next` of the page before
       */
      pages: (from = '/people') =>
        readPages(transport, listedPeopleShape, {
          ...{ path: from, query: PEOPLE_QUERY, apiUrl, sleep, readsAhead: true },
        }),
    },
  };
}

import { toPathSegment } from '../platform/path-segment.ts';
import { ask, toQuery } from './ask.ts';
import { type AssignLicensesResult, changeLicenses } from './change-licenses.ts';
import { WebexFailure } from './errors/failure.ts';
import { type License, type LicenseList, licenseListSchema, licenseSchema } from './license.ts';
import { type LicenseUser, licenseUsersShape } from './license-users.ts';
import { type ListedPerson, listedPeopleShape, PEOPLE_QUERY } from './listed-people.ts';
import { type Page, readPages } from './paging.ts';
import { findPerson, type WebexPeople } from './people.ts';
import type { Transport } from './transport.ts';
import type { AssignLicensesRequest } from './user-licenses.ts';

export type { AssignLicensesResult } from './change-licenses.ts';
export type { WebexPeople } from './people.ts';

interface AssignedUsersOptions {
  /** People to a page, 1 to 300. */
  readonly limit?: number;
  /** `next` of a page: goes on after it. */
  readonly from?: string | undefined;
}

/** The Webex Licenses API. All calls throw {@link WebexFailure}. Source: https://developer.webex.com/admin/docs/api/v1/licenses */
export interface WebexLicenses {
  /** The catalogue of an organization, by default the token's own; unreadable rows are listed apart. */
  list(options?: { readonly orgId?: string | undefined }): Promise<LicenseList>;
  details(licenseId: string): Promise<License>;
  /** The people who hold a license. */
  assignedUsers(
    licenseId: string,
    options?: AssignedUsersOptions,
  ): AsyncGenerator<LicenseUser, void, undefined>;
  /** The same page by page, each with the path of the next one. */
  assignedUserPages(
    licenseId: string,
    options?: AssignedUsersOptions,
  ): AsyncIterableIterator<Page<LicenseUser>, void>;
  /** Adds and removes licenses of one existing person, in one call: see `changeLicenses`. */
  assignLicensesToUsers(request: AssignLicensesRequest, deadline?: Date): Promise<AssignLicensesResult>;
}

export interface WebexClient {
  readonly licenses: WebexLicenses;
  readonly people: WebexPeople & {
    /**
     * Everybody in the token's own organization, page by page, in no order, and nobody from outside. The next page is
     * requested while one is read.
     * @param from `next` of a page: goes on after it
     */
    pages(from?: string): AsyncIterableIterator<Page<ListedPerson>, void>;
  };
}

interface WebexClientOptions {
  readonly transport: Transport;
  /** The base of the API, such as `https://webexapis.com/v1`. */
  readonly apiUrl: string;
  readonly sleep: (delayMs: number) => Promise<void>;
}

const MAX_PAGE = 300;

export function createWebexClient({ transport, apiUrl, sleep }: WebexClientOptions): WebexClient {
  /** @throws {WebexFailure} where the id would lead to another place */
  function toLicensePath(licenseId: string): string {
    const segment = toPathSegment(licenseId);
    if (segment !== undefined) return `/licenses/${segment}`;
    throw new WebexFailure({ condition: 'license-not-recognized', remedy: 'permanent', errors: [] });
  }

  function assignedUserPages(licenseId: string, { limit = MAX_PAGE, from }: AssignedUsersOptions = {}) {
    const query = { includeAssignedTo: 'user', limit: String(limit) };
    return readPages(transport, licenseUsersShape, {
      ...{ path: from ?? toLicensePath(licenseId), query, apiUrl, sleep },
    });
  }

  return {
    licenses: {
      async list({ orgId } = {}) {
        const call = { method: 'GET' as const, path: `/licenses${toQuery({ orgId })}` };
        return (await ask(transport, call, licenseListSchema, 'organization')).value;
      },

      async details(licenseId) {
        const call = { method: 'GET' as const, path: toLicensePath(licenseId) };
        return (await ask(transport, call, licenseSchema, 'license')).value;
      },

      assignedUserPages,

      async *assignedUsers(licenseId, options) {
        for await (const { items } of assignedUserPages(licenseId, options)) yield* items;
      },

      assignLicensesToUsers: (request, deadline) => changeLicenses(transport, request, deadline),
    },

    people: {
      find: (person, options) => findPerson(transport, person, options),
      pages: (from = '/people') =>
        readPages(transport, listedPeopleShape, {
          ...{ path: from, query: PEOPLE_QUERY, apiUrl, sleep, readsAhead: true },
        }),
    },
  };
}

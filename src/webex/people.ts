import * as z from 'zod';
import { toPathSegment } from '../platform/path-segment.ts';
import { ask, type Shape, toQuery } from './ask.ts';
import { WebexFailure } from './errors/failure.ts';
import type { Transport } from './transport.ts';
import { type Person, personSchema } from './user-licenses.ts';

export interface WebexPeople {
  /**
   * By id where it is given, else by address; undefined where Webex does not know the person. By id it is
   * `GET /people/{personId}`: `GET /people?id=` leaves out the licenses.
   * Source: https://developer.webex.com/admin/docs/api/v1/people/list-people
   */
  find(
    person: { readonly email?: string | undefined; readonly personId?: string | undefined },
    options?: FindOptions,
  ): Promise<Person | undefined>;
}

export interface FindOptions {
  readonly orgId?: string | undefined;
  readonly deadline?: Date | undefined;
  /** With the person's extension and location. */
  readonly callingData?: boolean | undefined;
}

/** Below `/people/`, no person's id, but the administrator whose token it is. */
const OWN_PATH = 'me';

const findReadable = (items: readonly unknown[]): Person | undefined =>
  items.flatMap((item) => personSchema.safeParse(item).data ?? [])[0];

/** A list in which nobody can be read is not an empty one. */
const peopleShape: Shape<Person | undefined> = z
  .object({ items: z.array(z.unknown()) })
  .refine(({ items }) => items.length === 0 || findReadable(items) !== undefined)
  .transform(({ items }) => findReadable(items));

export function createWebexPeople(transport: Transport): WebexPeople {
  async function findById(
    personId: string,
    { deadline, callingData }: FindOptions,
  ): Promise<Person | undefined> {
    const segment = toPathSegment(personId);
    if (segment === undefined || segment.toLowerCase() === OWN_PATH) return undefined;
    const path = `/people/${segment}${toQuery(toCallingData(callingData))}`;
    const call = { method: 'GET' as const, path, deadline };
    try {
      return (await ask(transport, call, personSchema, 'person')).value;
    } catch (error) {
      if (error instanceof WebexFailure && error.status === 404) return undefined;
      throw error;
    }
  }

  return {
    async find({ email, personId }, options = {}) {
      if (personId !== undefined) return findById(personId, options);
      const { orgId, deadline, callingData } = options;
      const query = toQuery({ email, orgId, ...toCallingData(callingData) });
      const call = { method: 'GET' as const, path: `/people${query}`, deadline };
      return (await ask(transport, call, peopleShape, 'person')).value;
    },
  };
}

const toCallingData = (callingData = false) => ({ callingData: callingData ? 'true' : undefined });

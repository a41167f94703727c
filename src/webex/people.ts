import * as z from 'zod';
import { toPathSegment } from '../platform/path-segment.ts';
import { ask, type Shape, toQuery } from './ask.ts';
import { WebexFailure } from './failure.ts';
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
    options?: { readonly orgId?: string | undefined; readonly deadline?: Date | undefined },
  ): Promise<Person | undefined>;
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
    async find({ email, personId }, { orgId, deadline } = {}) {
      if (personId !== undefined) return findById(personId, deadline);
      const call = { method: 'GET' as const, path: `/people${toQuery({ email, orgId })}`, deadline };
      return (await ask(transport, call, peopleShape, 'person')).value;
    },
  };
}

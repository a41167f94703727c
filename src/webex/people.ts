import * as z from 'zod';
import { toPathSegment } from '../platform/path-segment.ts';
import { ask, type Shape, toQuery } from './ask.ts';
import { WebexFailure } from './errors/failure.ts';
import type { Transport } from './transport.ts';
import { type Person, personSchema } from './user-licenses.ts';

interface FindOptions {
  readonly orgId?: string | undefined;
  readonly deadline?: Date | undefined;
  /** With the person's extension and location. */
  readonly callingData?: boolean | undefined;
}

/** Below `/people/`, this is no person's id: it means the administrator whose token it is. */
const OWN_PATH = 'me';

const findReadable = (items: readonly unknown[]): Person | undefined =>
  items.flatMap((item) => personSchema.safeParse(item).data ?? [])[0];

/** A list of unreadable rows is not taken for an empty one. */
const peopleShape: Shape<Person | undefined> = z
  .object({ items: z.array(z.unknown()) })
  .refine(({ items }) => items.length === 0 || findReadable(items) !== undefined)
  .transform(({ items }) => findReadable(items));

/**
 * Finds a person by id where it is given, else by address. By id it is `GET /people/{personId}`: `GET /people?id=` leaves
 * out the licenses. Source: https://developer.webex.com/admin/docs/api/v1/people/list-people
 * @returns `undefined` where Webex does not know the person
 * @throws {WebexFailure}
 */
export async function findPerson(
  transport: Transport,
  { email, personId }: { readonly email?: string | undefined; readonly personId?: string | undefined },
  { orgId, deadline, callingData }: FindOptions = {},
): Promise<Person | undefined> {
  const calling = { callingData: callingData ? 'true' : undefined };
  if (personId === undefined) {
    const path = `/people${toQuery({ email, orgId, ...calling })}`;
    return (await ask(transport, { method: 'GET', path, deadline }, peopleShape, 'person')).value;
  }
  const segment = toPathSegment(personId);
  if (segment === undefined || segment.toLowerCase() === OWN_PATH) return undefined;
  const path = `/people/${segment}${toQuery(calling)}`;
  try {
    return (await ask(transport, { method: 'GET', path, deadline }, personSchema, 'person')).value;
  } catch (error) {
    if (error instanceof WebexFailure && error.status === 404) return undefined;
    throw error;
  }
}

/** `findPerson` as a port. */
export interface WebexPeople {
  find(
    person: Parameters<typeof findPerson>[1],
    options?: Parameters<typeof findPerson>[2],
  ): ReturnType<typeof findPerson>;
}

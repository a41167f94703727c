import * as z from 'zod';
import { type Immutable, stored } from '../platform/stored.ts';
import { storedAttributesSchema } from '../policy/attribute-value.ts';

/** An HR event as it is kept. `effective` and `employment` have days (`2026-12-01`) or instants in ISO 8601. */
export const factSchema = stored({
  /** The id of the event: one id is one fact. */
  id: z.string(),
  kind: z.enum(['hired', 'changed', 'left', 'withdrawn', 'record', 'deleted']),
  /** When HR said it; never later than it was received. */
  said: z.coerce.date(),
  /** When it takes effect; absent where that is when HR said it. Of a leaving, a day is the last one worked. */
  effective: z.string().exactOptional(),
  /** IANA name. */
  timeZone: z.string().exactOptional(),
  /** Attributes by name; empty tells that there is none. */
  attributes: storedAttributesSchema,
  email: z.string().exactOptional(),
  /** Of a `record`: `null` tells that there is no such day, an absent day is not told. */
  employment: stored({
    presence: z.enum(['here', 'gone', 'not-told']),
    startsOn: z.string().nullable().exactOptional(),
    endsOn: z.string().nullable().exactOptional(),
  }).exactOptional(),
});
export type Fact = Immutable<z.output<typeof factSchema>>;

const RANK = { changed: 0, deleted: 0, hired: 1, record: 1, withdrawn: 2, left: 3 } as const;

/** Each fact once, in the order of `said`; at one time removals come last, and of several leavings the earliest last day. */
export function inOrderOfSaid(facts: readonly Fact[]): readonly Fact[] {
  if (facts.length < 2) return facts;
  const lastDay = ({ effective, said }: Fact) => effective ?? said.toISOString();
  const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const unique = [...new Map(facts.map((fact) => [fact.id, fact])).values()];
  return unique.sort(
    (a, b) =>
      a.said.getTime() - b.said.getTime() ||
      RANK[a.kind] - RANK[b.kind] ||
      (a.kind === 'left' ? compareText(lastDay(b), lastDay(a)) : 0) ||
      compareText(a.id, b.id),
  );
}

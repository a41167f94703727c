import * as z from 'zod';
import { type Api, RefusedCall } from '../api.ts';

/** A request as the command sends it. */
export interface OwnRequest {
  readonly requestId: string;
  readonly person: { readonly email: string };
  readonly licenses: readonly object[];
  readonly batch: string;
  readonly source: string;
}

const itemSchema = z.object({
  outcome: z.string(),
  licenseId: z.string().optional(),
  name: z.string().optional(),
  subscriptionId: z.string().optional(),
  siteUrl: z.string().optional(),
  held: z.boolean().optional(),
  condition: z.string().optional(),
  detail: z.string().optional(),
  nearest: z.array(z.string()).default([]),
});
export type ForecastItem = z.output<typeof itemSchema>;

const removalsSchema = z.object({
  people: z.number(),
  canGoNow: z.number(),
  needApproval: z.number(),
  approve: z.array(z.string()).default([]),
});
export type Removals = z.output<typeof removalsSchema>;

const forecastSchema = z.object({
  requests: z.array(
    z.object({ requestId: z.string(), isKnown: z.boolean().optional(), items: z.array(itemSchema) }),
  ),
  removals: removalsSchema.optional(),
  readAt: z.string().optional(),
});

/** What would happen, by the id of a request. */
export interface Forecast {
  readonly of: ReadonlyMap<
    string,
    { readonly isKnown?: boolean | undefined; readonly items: readonly ForecastItem[] }
  >;
  /** Of requests that the app would not take: why. */
  readonly refused: ReadonlyMap<string, string>;
  readonly removals: Removals | undefined;
  /** When the people were read; undefined where there is no people snapshot. */
  readonly readAt: string | undefined;
}

/** The limits of a body: 500 requests, and 1 MiB. */
const MAX_REQUESTS = 500;
const MAX_BYTES = 900_000;

/** Bodies of as many requests as one may have. */
export function* toBodies<T>(requests: readonly T[]): Generator<readonly T[]> {
  let body: T[] = [];
  let bytes = 0;
  for (const request of requests) {
    const more = Buffer.byteLength(JSON.stringify(request)) + 1;
    if (body.length > 0 && (body.length >= MAX_REQUESTS || bytes + more > MAX_BYTES)) {
      yield body;
      [body, bytes] = [[], 0];
    }
    body.push(request);
    bytes += more;
  }
  if (body.length > 0) yield body;
}

/** A request has no more licenses than this: a row of an export may have more columns. */
const MAX_ITEMS = 50;

/** Asks what requests would do. */
export async function askForecast(api: Api, requests: readonly OwnRequest[]): Promise<Forecast> {
  const of = new Map<string, { isKnown?: boolean | undefined; items: readonly ForecastItem[] }>();
  const refused = new Map<string, string>();
  let removals: Removals | undefined;
  let readAt: string | undefined;
  for (const body of toBodies(requests.flatMap(toParts))) {
    const answer = await askOnce(api, body, refused);
    for (const { requestId, isKnown, items } of answer.requests) {
      const whole = toWholeId(requestId);
      of.set(whole, { isKnown, items: [...(of.get(whole)?.items ?? []), ...items] });
    }
    removals = mergeRemovals(removals, answer.removals);
    readAt = answer.readAt ?? readAt;
  }
  return { of, refused, removals, readAt };
}

/** Without the requests that are not valid, which the app names: it previews all of a body, or none. */
async function askOnce(
  api: Api,
  body: readonly OwnRequest[],
  refused: Map<string, string>,
): Promise<z.output<typeof forecastSchema>> {
  const post = (requests: readonly OwnRequest[]) =>
    api.post('/license-requests/preview', forecastSchema, { body: { requests }, status: 200 });
  try {
    return await post(body);
  } catch (error) {
    const named = error instanceof RefusedCall && error.status === 400 ? error.errors : [];
    const before = refused.size;
    for (const { pointer, detail } of named) {
      const { requestId } = body[Number(pointer.split('/')[2])] ?? {};
      if (requestId !== undefined) refused.set(toWholeId(requestId), detail);
    }
    if (refused.size === before) throw error;
    const others = body.filter(({ requestId }) => !refused.has(toWholeId(requestId)));
    return others.length > 0 ? askOnce(api, others, refused) : { requests: [] };
  }
}

const toWholeId = (requestId: string): string => requestId.split(':')[0] ?? '';

function toParts(request: OwnRequest): readonly OwnRequest[] {
  const { licenses, requestId } = request;
  if (licenses.length <= MAX_ITEMS) return [request];
  return Array.from({ length: Math.ceil(licenses.length / MAX_ITEMS) }, (_, index) => ({
    ...request,
    requestId: `${requestId}:${index}`,
    licenses: licenses.slice(index * MAX_ITEMS, (index + 1) * MAX_ITEMS),
  }));
}

/** Each body was counted against the same limits: where one is full, no more than that can go. */
function mergeRemovals(first: Removals | undefined, second: Removals | undefined): Removals | undefined {
  if (!first || !second) return first ?? second;
  const people = first.people + second.people;
  const full = [first, second].filter(({ needApproval }) => needApproval > 0);
  const canGoNow = Math.min(first.canGoNow + second.canGoNow, ...full.map((removals) => removals.canGoNow));
  return {
    ...{ people, canGoNow, needApproval: people - canGoNow },
    approve: [...new Set([...first.approve, ...second.approve])],
  };
}

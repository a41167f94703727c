import type { IncomingMessage } from 'node:http';
import { isDeeperThan } from '../../../src/platform/json.ts';
import type { RpcHttp } from './rpc.ts';
import { toBodyMembers } from './trigger-metadata.ts';

type Values = Readonly<Record<string, string>>;

/** A request that reached a function: what the function gets as its trigger. */
export interface FunctionRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly params: Values;
  /** Undefined where the request says no length above 0. */
  readonly body: Buffer | undefined;
}

/** The trigger's input and metadata, as the host sends them to its worker. */
export function toHttpInput({ method, url, headers, params, body }: FunctionRequest): {
  readonly http: RpcHttp;
  readonly metadata: Readonly<Record<string, unknown>>;
} {
  const query = toQuery(url);
  const flat = toFlat(headers);
  const { code: _code, ...facts } = query;
  return {
    http: {
      method,
      url: url.href,
      nullableHeaders: toNullable(flat),
      nullableQuery: toNullable(query),
      nullableParams: toNullable(params),
      ...(body && { body: { bytes: body } }),
    },
    metadata: {
      ...toMembers(body),
      ...facts,
      ...params,
      Query: query,
      Headers: flat,
    },
  };
}

/** The host parses with Newtonsoft.Json, which takes nothing that is nested deeper than this. */
const MAX_DEPTH = 64;

function toMembers(body: Buffer | undefined): Readonly<Record<string, unknown>> {
  const members = toBodyMembers(body?.toString('utf8') ?? '');
  return isDeeperThan(MAX_DEPTH - 1, members) ? {} : members;
}

/** A name that comes twice has both values, with a comma. */
function toQuery(url: URL): Values {
  const query: Record<string, string> = {};
  for (const [name, value] of url.searchParams)
    query[name] = name in query ? `${query[name]},${value}` : value;
  return query;
}

const toFlat = (headers: IncomingMessage['headers']): Values =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]));

const toNullable = (values: Values) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));

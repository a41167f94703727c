import LinkHeader from 'http-link-header';
import { toBackoffMs } from '../platform/backoff.ts';
import { ask, type Shape } from './ask.ts';
import { toUncertainFailure, WebexFailure } from './errors/failure.ts';
import { createReadAhead } from './read-ahead.ts';
import type { Transport, WebexAnswer, WebexCall } from './transport.ts';

/** One page of a listing, and the path of the next one. */
export interface Page<T> {
  readonly items: readonly T[];
  /** The number of unreadable rows, where there are any. */
  readonly odd?: number | undefined;
  /** The number of rows in the whole listing, where the page says so. */
  readonly counted?: number | undefined;
  readonly next: string | undefined;
  /** Whether `next` lacked a part of the query, which is asked for all the same. */
  readonly hasLostQuery?: boolean;
}

/** The content of a page: no items where it lacks the member for them. */
export interface PageContent<T> extends Pick<Page<T>, 'odd' | 'counted'> {
  readonly items: readonly T[] | undefined;
}

interface PagingOptions {
  /** Of the first page, below the API's base. */
  readonly path: string;
  /** Sent with each page: live servers have been seen to omit it from their links. */
  readonly query: Readonly<Record<string, string>>;
  /** The base of the API: pages at other places are refused. */
  readonly apiUrl: string;
  readonly sleep: (delayMs: number) => Promise<void>;
  /** Whether the next page is asked for while this one is read. */
  readonly readsAhead?: boolean;
}

/** The condition of a page without its rows. */
export const LISTING_UNREADABLE = 'listing-unreadable';

/** More than any organization has: 30 million people, at 300 to a page. */
const MAX_PAGES = 100_000;
/** After this many retries of one page, the listing fails and may be resumed there. */
const MAX_RETRIES_OF_A_PAGE = 3;
const RETRY_AFTER_MS = 1_000;
/** The listing fails rather than wait for longer. */
const MAX_WAIT_MS = 30_000;

/**
 * Reads a listing page by page, by its `Link: <…>; rel="next"` headers (RFC 8288). An empty page does not end it, and a
 * failed page is retried. It is not a generator, which would keep a page in memory until the reader asks for the next.
 * @throws {WebexFailure} `next-link-foreign` where the next page is at another origin, to which the token must not be
 *   sent; `next-link-repeated` where the links form a circle; `listing-unreadable` where a page lacks its rows; any
 *   other failure after the retries
 */
export function readPages<T>(
  transport: Transport,
  shape: Shape<PageContent<T>>,
  { path, query, apiUrl, sleep, readsAhead = false }: PagingOptions,
): AsyncIterableIterator<Page<T>, void> {
  const toNextPath = (answer: WebexAnswer, from: string) => {
    const next = toNext(answer);
    return next === undefined ? undefined : toPath(next, `${apiUrl}${from}`, apiUrl);
  };
  const pages = readsAhead
    ? createReadAhead(transport, (answer, { path: from }) => {
        const next = orUndefined(() => toNextPath(answer, from));
        return next === undefined ? undefined : toCall(withQuery(next, query));
      })
    : transport;
  const seen = new Set<string>();
  let current: string | undefined = path;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (current === undefined) return { done: true, value: undefined };
      if (seen.has(current) || seen.size >= MAX_PAGES) throw toPagingFailure('next-link-repeated');
      const { answer, content } = await readPage(pages, shape, withQuery(current, query), sleep);
      seen.add(current);
      current = toNextPath(answer, current);
      const hasLostQuery = current !== undefined && withQuery(current, query) !== current;
      return { done: false, value: { ...content, next: current, ...(hasLostQuery && { hasLostQuery }) } };
    },
  };
}

const toCall = (path: string): WebexCall => ({ method: 'GET', path, urgency: 'inventory' });

/** A link that cannot be followed is for the reader of its page to refuse. */
function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** The path with the parameters of the query that it lacks. */
function withQuery(path: string, query: PagingOptions['query']): string {
  const [, search = ''] = path.split('?', 2);
  const there = new URLSearchParams(search);
  const lacking = Object.entries(query).filter(([name]) => !there.has(name));
  if (lacking.length === 0) return path;
  // The server's own parameters are opaque: they are not changed.
  return `${path}${path.includes('?') ? '&' : '?'}${new URLSearchParams(lacking)}`;
}

async function readPage<T>(
  transport: Transport,
  shape: Shape<PageContent<T>>,
  path: string,
  sleep: PagingOptions['sleep'],
): Promise<{ readonly answer: WebexAnswer; readonly content: Omit<Page<T>, 'next'> }> {
  for (let retries = 0; ; retries += 1) {
    try {
      const { answer, value } = await ask(transport, toCall(path), shape, 'license');
      if (value.items !== undefined) return { answer, content: { ...value, items: value.items } };
      const { status, trackingId } = answer;
      throw new WebexFailure({
        condition: LISTING_UNREADABLE,
        remedy: 'retry',
        status,
        errors: [],
        ...(trackingId !== undefined && { trackingId }),
      });
    } catch (error) {
      const waitMs = error instanceof WebexFailure ? toWaitMs(error, retries) : undefined;
      if (waitMs === undefined) throw error;
      await sleep(waitMs);
    }
  }
}

function toWaitMs({ remedy, condition, retryAfterMs }: WebexFailure, retries: number): number | undefined {
  if (retries >= MAX_RETRIES_OF_A_PAGE || !(remedy === 'retry' || condition === 'rate-limited'))
    return undefined;
  const waitMs =
    retryAfterMs ?? toBackoffMs({ attempt: retries + 1, baseMs: RETRY_AFTER_MS, capMs: MAX_WAIT_MS });
  return waitMs <= MAX_WAIT_MS ? waitMs : undefined;
}

/** The target of `rel="next"`. @throws where the header is no list of links, since the listing may have more pages */
function toNext({ link, trackingId }: WebexAnswer): string | undefined {
  if (link === undefined) return undefined;
  try {
    // The library takes quadratic time for long runs of spaces.
    return LinkHeader.parse(link.replace(/\s+/g, ' ')).rel('next')[0]?.uri;
  } catch {
    throw toUncertainFailure('unreadable-answer', 'a Link header that is no list of links', trackingId);
  }
}

/** A link as a path below the API's base: the token is sent nowhere else. */
function toPath(link: string, from: string, apiUrl: string): string {
  const url = URL.canParse(link, from) ? new URL(link, from) : undefined;
  const base = new URL(apiUrl);
  if (url?.origin !== base.origin || !url.pathname.startsWith(`${base.pathname}/`)) {
    throw toPagingFailure('next-link-foreign');
  }
  return `${url.pathname.slice(base.pathname.length)}${url.search}`;
}

const toPagingFailure = (condition: string) =>
  new WebexFailure({ condition, remedy: 'permanent', errors: [] });

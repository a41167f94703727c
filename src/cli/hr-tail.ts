import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { type Api, ApiFailure, getPages } from './api.ts';
import { hrEventSchema, type ShownHrEvent, toHrEventLine } from './hr-text.ts';
import { onInterrupt } from './interrupt.ts';
import { print, say } from './terminal.ts';

const CHECK_EVERY_MS = 2_000;
const SIGN_EVERY_MS = 4_000;
/** As far as the clocks of this machine and of the app may differ. */
const CLOCK_SKEW_MS = 600_000;
/** As far as the clocks of the app's instances may differ. */
const OVERLAP_MS = 30_000;
/** Of one check: more events than are on these pages come with the next check. */
const MAX_PAGES = 50;

export function addHrTail(hr: Command, api: () => Api): void {
  hr.command('tail')
    .description('follow HR events: each new one, and each change of a state, until Ctrl-C')
    .option('--json', 'whole events, one JSON object per line')
    .action(async ({ json }: { json?: true }) => {
      const stop = new AbortController();
      onInterrupt(() => stop.abort());
      const toLine = (item: unknown) =>
        json ? JSON.stringify(item) : toHrEventLine(hrEventSchema.parse(item));
      await follow(api(), (items) => print(...items.map(toLine)), stop.signal);
    });
}

async function follow(api: Api, show: (items: readonly unknown[]) => void, signal: AbortSignal) {
  const news = createNews(Date.now() - CLOCK_SKEW_MS);
  await check(api, news, signal);
  const sign = createSign();
  const timer = setInterval(sign.tick, 1_000);
  try {
    sign.tick();
    while (!signal.aborted) {
      await delay(CHECK_EVERY_MS, undefined, { signal }).catch(() => {});
      if (signal.aborted) break;
      const found = await check(api, news, signal).then(sign.seen, sign.failed);
      if (found.length > 0) show(found);
    }
  } finally {
    clearInterval(timer);
  }
}

/** The events that are new, or in another state than they were. */
async function check(api: Api, news: ReturnType<typeof createNews>, signal: AbortSignal): Promise<unknown[]> {
  const found: unknown[] = [];
  let pages = 0;
  for await (const items of getPages(api, '/hr-events', { since: news.since() })) {
    found.push(...items.filter((item) => news.isNew(hrEventSchema.parse(item))));
    pages += 1;
    if (pages === MAX_PAGES || signal.aborted) break;
  }
  return found;
}

/** Tells what was not seen before. It remembers only as far back as it asks. */
function createNews(startMs: number) {
  const known = new Map<string, { readonly text: string; readonly atMs: number }>();
  let sinceMs = startMs;
  return {
    since() {
      const newestMs = Math.max(...[...known.values()].map(({ atMs }) => atMs), 0);
      sinceMs = Math.max(sinceMs, newestMs - OVERLAP_MS);
      for (const [eventKey, { atMs }] of known) if (atMs < sinceMs) known.delete(eventKey);
      return new Date(sinceMs).toISOString();
    },
    isNew({ eventKey, state, detail, requestIds, updatedAt }: ShownHrEvent): boolean {
      const text = [state, detail, ...requestIds].join('\n');
      const isNew = known.get(eventKey)?.text !== text;
      known.set(eventKey, { text, atMs: Date.parse(updatedAt) });
      return isNew;
    },
  };
}

/** A sign of life on standard error where nothing was shown for a while. */
function createSign() {
  let seen = 0;
  let saidAtMs = 0;
  let trouble = '';
  return {
    seen(found: readonly unknown[]) {
      trouble = '';
      seen += found.length;
      if (found.length > 0) saidAtMs = Date.now();
      return found;
    },
    /** The app answered before: it may be starting again, or storage is away. */
    failed(error: unknown): readonly unknown[] {
      if (!(error instanceof ApiFailure)) throw error;
      trouble = `. ${error.message}`;
      return [];
    },
    tick() {
      if (Date.now() < saidAtMs + SIGN_EVERY_MS) return;
      say(`${new Date().toISOString().slice(11, 19)}  following, ${seen} shown; Ctrl-C ends it${trouble}`);
      saidAtMs = Date.now();
    },
  };
}

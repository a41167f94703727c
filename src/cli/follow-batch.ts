import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { type Api, RefusedCall } from './api.ts';
import { onInterruptSay } from './interrupt.ts';
import { pauseSchema, sayPause } from './pause-text.ts';
import { createProgressLines } from './progress-lines.ts';
import { FINAL } from './request-text.ts';
import { say } from './terminal.ts';

export const batchSchema = z.object({
  batch: z.string(),
  requests: z.number(),
  states: z.record(z.string(), z.number()),
  waiting: z.record(z.string(), z.number()),
  causes: z.array(z.string()).default([]),
  isMore: z.boolean().optional(),
  pause: pauseSchema.optional(),
});
export type Batch = z.output<typeof batchSchema>;

export const readBatch = (api: Api, name: string): Promise<Batch> =>
  api.get(`/batches/${encodeURIComponent(name)}`, batchSchema);

/** Undefined where no request has the name. */
export async function readBatchOrNone(api: Api, name: string): Promise<Batch | undefined> {
  try {
    return await readBatch(api, name);
  } catch (error) {
    if (error instanceof RefusedCall && error.status === 404) return undefined;
    throw error;
  }
}

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
const toCounts = (batch: Batch, isCounted: (state: string) => boolean) =>
  sum(Object.entries(batch.states).map(([state, count]) => (isCounted(state) ? count : 0)));

export const countOpen = (batch: Batch): number => toCounts(batch, (state) => !FINAL.has(state));
export const countUnsuccessful = (batch: Batch): number =>
  toCounts(batch, (state) => FINAL.has(state) && state !== 'succeeded');

const CHECK_EVERY_MS = 1_000;

/** Waits that end by what a person does, and may last for days. */
const FOR_A_PERSON = new Set(['needs-approval', 'no-seats', 'paused-by-operator']);

/** Whether what is open waits for a person alone, or for its day. */
const isUpToPeople = (batch: Batch): boolean => countMoving(batch) === 0;

/** What is open and goes on by itself soon. */
function countMoving(batch: Batch): number {
  const waiting = Object.entries(batch.waiting).filter(([reason]) => FOR_A_PERSON.has(reason));
  return countOpen(batch) - sum(waiting.map(([, count]) => count)) - (batch.states.scheduled ?? 0);
}

interface Options {
  readonly timeoutSeconds: number;
  /** Whether to stay where what is open waits for a person alone. */
  readonly isPatient: boolean;
}

/** Shows the progress of a batch on standard error until all is final, or time is over. */
export async function followBatch(
  api: Api,
  name: string,
  { timeoutSeconds, isPatient }: Options,
): Promise<Batch> {
  const progress = process.stderr.isTTY ? await createBar() : createLines();
  onInterruptSay(`The batch goes on without this command: seatline batch wait ${name}`);
  const endMs = Date.now() + timeoutSeconds * 1_000;
  try {
    let wasUpToPeople = false;
    let isPauseSaid = false;
    for (;;) {
      const batch = await readBatch(api, name);
      if (!isPauseSaid) sayPause(batch.pause);
      isPauseSaid ||= batch.pause !== undefined;
      progress.show(batch);
      const isOver = countOpen(batch) === 0 || Date.now() >= endMs;
      // Twice: what waited may go on at the next look.
      const isUp = isUpToPeople(batch);
      if (isOver || (isUp && wasUpToPeople && !isPatient)) return batch;
      wasUpToPeople = isUp;
      await delay(CHECK_EVERY_MS);
    }
  } finally {
    progress.stop();
  }
}

interface Progress {
  show(batch: Batch): void;
  stop(): void;
}

/** How fast requests end, since this command looks at them. */
function createRate() {
  let first: { readonly atMs: number; readonly done: number } | undefined;
  return (done: number, moving: number) => {
    first ??= { atMs: Date.now(), done };
    const seconds = (Date.now() - first.atMs) / 1_000;
    const perSecond = seconds > 0 ? (done - first.done) / seconds : 0;
    if (perSecond === 0) return '';
    const rate = `${perSecond.toFixed(perSecond < 10 ? 1 : 0)}/s`;
    return moving > 0 ? `${rate}, about ${toDuration(moving / perSecond)} left` : rate;
  };
}

const toDuration = (seconds: number): string =>
  seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;

async function createBar(): Promise<Progress> {
  const { Presets, SingleBar } = (await import('cli-progress')).default;
  const toRate = createRate();
  const bar = new SingleBar(
    {
      format: '{bar} {value} of {total}  {rate}  {trouble}',
      ...{ stream: process.stderr, clearOnComplete: true, hideCursor: true, barsize: 16 },
    },
    Presets.shades_classic,
  );
  let isStarted = false;
  return {
    show(batch) {
      const open = countOpen(batch);
      const done = batch.requests - open;
      const texts = { rate: toRate(done, countMoving(batch)), trouble: toTrouble(batch) };
      if (!isStarted) bar.start(batch.requests, done, texts);
      isStarted = true;
      bar.setTotal(batch.requests);
      bar.update(done, texts);
    },
    stop: () => bar.stop(),
  };
}

function createLines(): Progress {
  const toRate = createRate();
  const sayProgress = createProgressLines({ isCalm: true });
  let wasOpen = true;
  return {
    show(batch) {
      const open = countOpen(batch);
      const done = batch.requests - open;
      const rate = toRate(done, countMoving(batch));
      const text = [`${done} of ${batch.requests} done`, toTrouble(batch), open > 0 && rate];
      if (open === 0 && wasOpen) say(text.filter(Boolean).join(', '));
      else sayProgress(text.filter(Boolean).join(', '));
      wasOpen = open > 0;
    },
    stop() {},
  };
}

function toTrouble(batch: Batch): string {
  const ended = Object.entries(batch.states).filter(([state]) => FINAL.has(state) && state !== 'succeeded');
  const waiting = Object.entries(batch.waiting).map(([reason, count]) => `${count} wait: ${reason}`);
  return [...ended.map(([state, count]) => `${count} ${state}`), ...waiting].join(', ');
}

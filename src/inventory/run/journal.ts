import { createBlockBuffers } from './block-buffers.ts';
import { type CheckpointDeps, type Gathered, writeCheckpoint } from './checkpoint.ts';
import type { StoredRun } from './run.ts';

/** What one page adds to the listing of a license. */
export interface ReadPage {
  /** A gzip member. */
  readonly member: Buffer;
  readonly rows: number;
  /** Rows that cannot be read, and are left out. */
  readonly odd?: number | undefined;
  /** How many people hold the license by now, where the page says so. */
  readonly counted?: number | undefined;
  readonly next: string | undefined;
}

export interface CheckpointWriter {
  /** Takes a page. @throws what storage, or losing the run, threw */
  add(license: number, page: ReadPage): void;
  /** The license cannot be read further: what is missing is named. @throws as `add` */
  fail(license: number, failure: string): void;
  /** Resolves when there is room for the next page. @throws as `add` */
  room(): Promise<void>;
  /** Until all is durable. @returns the run as it is stored then */
  end(): Promise<StoredRun>;
}

/** So many pages may wait for a checkpoint; whoever reads more waits for it. */
const MAX_WAITING_PAGES = 64;
/** From the beginning of one to that of the next, unless that many pages wait: each takes storage some ten calls. */
const BETWEEN_CHECKPOINTS_MS = 500;

/**
 * Makes durable what is read, while reading goes on: all that has come since the last checkpoint is the next one. The
 * first page is one at once, so that whoever is killed again and again gets on nevertheless.
 */
export function openCheckpoints(begun: StoredRun, deps: CheckpointDeps): CheckpointWriter {
  const buffers = createBlockBuffers();
  let run = begun;
  let gathered = new Map<number, Gathered>();
  let waitingPages = 0;
  let writing: Promise<void> | undefined;
  let beganAtMs = Number.NEGATIVE_INFINITY;
  let isEnding = false;
  let wake: () => void = () => undefined;
  let blocked: (() => void)[] = [];
  let broken: { readonly error: unknown } | undefined;

  function gather(license: number): Gathered {
    const there = gathered.get(license);
    if (there) return there;
    const fresh: Gathered = {
      ...{
        block: buffers.take(),
        pages: 0,
        rows: 0,
        odd: 0,
        counted: undefined,
        next: undefined,
        isDone: false,
      },
    };
    gathered.set(license, fresh);
    return fresh;
  }

  /** Checkpoints, one after another, until nothing waits. */
  async function write(): Promise<void> {
    try {
      while (gathered.size > 0) {
        await untilDue();
        const taken = gathered;
        gathered = new Map();
        waitingPages = 0;
        letGo();
        beganAtMs = performance.now();
        run = await writeCheckpoint(run, taken, deps);
        for (const { block } of taken.values()) buffers.giveBack(block);
      }
    } catch (error) {
      broken = { error };
      letGo();
    } finally {
      writing = undefined;
    }
  }

  async function untilDue(): Promise<void> {
    const leftMs = beganAtMs + BETWEEN_CHECKPOINTS_MS - performance.now();
    if (leftMs <= 0 || isDue()) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, leftMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  const isDue = () => isEnding || waitingPages >= MAX_WAITING_PAGES;

  function letGo(): void {
    for (const goOn of blocked) goOn();
    blocked = [];
  }

  function throwIfBroken(): void {
    if (broken) throw broken.error;
  }

  function push(): void {
    throwIfBroken();
    writing ??= write();
    if (isDue()) wake();
  }

  return {
    add(license, { member, rows, odd = 0, counted, next }) {
      const to = gather(license);
      if (rows > 0) to.block.add(member);
      to.pages += 1;
      to.rows += rows;
      to.odd += odd;
      to.counted = counted ?? to.counted;
      to.next = next;
      to.isDone = next === undefined;
      waitingPages += 1;
      push();
    },

    fail(license, failure) {
      Object.assign(gather(license), { failure, isDone: true });
      push();
    },

    async room() {
      if (waitingPages >= MAX_WAITING_PAGES && !broken) {
        await new Promise<void>((resolve) => void blocked.push(resolve));
      }
      throwIfBroken();
    },

    async end() {
      isEnding = true;
      wake();
      await writing;
      throwIfBroken();
      return run;
    },
  };
}

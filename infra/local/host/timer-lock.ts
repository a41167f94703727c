import type { LockBlob } from './lock-blob.ts';
import { judgeFailure, toMessage } from './storage-failure.ts';

/** The right to run one timer: of all hosts on one storage, one has it. */
export interface TimerLock {
  /** True where this host has it now. Rejects where storage fails. */
  acquire(): Promise<boolean>;
  /** Whether no other host can have it at this moment. */
  isHeld(): boolean;
  release(): Promise<void>;
  /** As if the machine died: it is not renewed any more, and free when its time is over. */
  abandon(): void;
}

interface Deps {
  readonly blob: LockBlob;
  readonly lockSeconds: number;
  readonly now: () => Date;
  readonly onNotRenewed: (error: unknown) => void;
  /** The lock could not be kept: this host must stop before another one takes over. */
  readonly onLost: (reason: string) => void;
}

/** Of the lock's time: renewed at the half, and again soon where storage answered 5xx. */
const RETRY_SHARE = 1 / 60;

/** A lease that is renewed for as long as it is held. A host that cannot renew it gives up before it ends. */
export function createTimerLock({ blob, lockSeconds, now, onNotRenewed, onLost }: Deps): TimerLock {
  const lockMs = lockSeconds * 1_000;
  let heldUntilMs = 0;
  let timers: readonly NodeJS.Timeout[] = [];

  const isHeld = () => now().getTime() < heldUntilMs;

  function drop(): void {
    heldUntilMs = 0;
    for (const timer of timers) clearTimeout(timer);
    timers = [];
  }

  function lose(reason: string): void {
    if (timers.length === 0) return;
    drop();
    onLost(reason);
  }

  /** @param askedAtMs when storage was asked: its own count begins later */
  function hold(askedAtMs: number, renewInMs: number): void {
    for (const timer of timers) clearTimeout(timer);
    heldUntilMs = askedAtMs + lockMs;
    timers = [
      setTimeout(() => void renew(), renewInMs),
      setTimeout(() => lose('its time is over'), Math.max(0, heldUntilMs - now().getTime())),
    ];
  }

  async function renew(): Promise<void> {
    const askedAtMs = now().getTime();
    try {
      await blob.renew();
      if (timers.length > 0) hold(askedAtMs, lockMs / 2);
    } catch (error) {
      if (timers.length === 0) return;
      onNotRenewed(error);
      const consequence = judgeFailure('lock', error);
      if (consequence === 'end-host') lose(toMessage(error));
      else if (consequence === 'ignore') drop();
      else hold(heldUntilMs - lockMs, lockMs * RETRY_SHARE);
    }
  }

  return {
    async acquire() {
      const askedAtMs = now().getTime();
      if (!(await blob.acquire(lockSeconds))) return false;
      hold(askedAtMs, lockMs / 2);
      return true;
    },
    isHeld,
    async release() {
      const wasHeld = isHeld();
      drop();
      if (wasHeld) await blob.release();
    },
    abandon: drop,
  };
}

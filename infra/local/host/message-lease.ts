import { judgeFailure } from './storage-failure.ts';

/** Of a queue, what it takes to keep a message invisible to others. */
export interface MessageQueue {
  /** Without a text, the message keeps its own. */
  updateMessage(
    messageId: string,
    popReceipt: string,
    message: undefined,
    visibilityTimeoutSeconds: number,
  ): Promise<{ readonly popReceipt?: string }>;
}

export interface MessageLease {
  /** Renews no more. @returns the pop receipt that counts now */
  end(): Promise<string>;
}

interface Options {
  readonly leaseSeconds: number;
  readonly onError: (error: unknown) => void;
  /** A failure that ends the host. */
  readonly onFatal: (error: unknown) => void;
}

/** At the half of the time; sooner, down to a fifth of that, where storage has answered 5xx. */
const RETRY_SHARE = 5;

/** Keeps a message invisible while its function runs. */
export function startMessageLease(
  queue: MessageQueue,
  message: { readonly messageId: string; readonly popReceipt: string },
  { leaseSeconds, onError, onFatal }: Options,
): MessageLease {
  const renewAfterMs = leaseSeconds * 500;
  let { popReceipt } = message;
  let renewing = Promise.resolve();
  let isEnded = false;
  let timer = setTimeout(start, renewAfterMs);

  function start(): void {
    renewing = renew();
  }

  async function renew(): Promise<void> {
    let nextMs = renewAfterMs;
    try {
      const renewed = await queue.updateMessage(message.messageId, popReceipt, undefined, leaseSeconds);
      popReceipt = renewed.popReceipt ?? popReceipt;
    } catch (error) {
      onError(error);
      const consequence = judgeFailure('renew', error);
      if (consequence === 'end-host') onFatal(error);
      if (consequence !== 'try-later') return;
      nextMs = renewAfterMs / RETRY_SHARE;
    }
    if (!isEnded) timer = setTimeout(start, nextMs);
  }

  return {
    async end() {
      isEnded = true;
      clearTimeout(timer);
      await renewing;
      return popReceipt;
    },
  };
}

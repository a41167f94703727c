/** Of a queue, what it takes to keep a message invisible to others. */
export interface MessageQueue {
  updateMessage(
    messageId: string,
    popReceipt: string,
    message: string,
    visibilityTimeoutSeconds: number,
  ): Promise<{ readonly popReceipt?: string }>;
}

export interface MessageLease {
  /** Renews no more. @returns the pop receipt that counts now */
  end(): Promise<string>;
}

/** For how long a message is taken, and taken again. */
export const VISIBILITY_SECONDS = 600;
/** At the half of it; sooner where storage was away. */
const RENEW_AFTER_MS = 300_000;
const RETRY_AFTER_MS = 60_000;

/** Keeps a message invisible while its function runs. */
export function startMessageLease(
  queue: MessageQueue,
  message: { readonly messageId: string; readonly popReceipt: string; readonly messageText: string },
  onError: (error: unknown) => void,
): MessageLease {
  let { popReceipt } = message;
  let renewing = Promise.resolve();
  let isEnded = false;
  let timer = setTimeout(start, RENEW_AFTER_MS);

  function start(): void {
    renewing = renew();
  }

  async function renew(): Promise<void> {
    const { messageId, messageText } = message;
    let nextMs = RENEW_AFTER_MS;
    try {
      const renewed = await queue.updateMessage(messageId, popReceipt, messageText, VISIBILITY_SECONDS);
      popReceipt = renewed.popReceipt ?? popReceipt;
    } catch (error) {
      onError(error);
      // Where somebody else has the message by now there is nothing to renew.
      if (isGone(error)) return;
      nextMs = RETRY_AFTER_MS;
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

/** The message is deleted, or its pop receipt is another's. */
const isGone = (error: unknown): boolean =>
  error instanceof Error && 'statusCode' in error && (error.statusCode === 404 || error.statusCode === 400);

/** The body of an HTTP request, in one piece. */
export const toBody = (content: string | Uint8Array) => ({
  getReader() {
    const pieces = [typeof content === 'string' ? new TextEncoder().encode(content) : content];
    return {
      read: async () => ({ done: pieces.length === 0, value: pieces.shift() }),
      releaseLock: () => {},
    };
  },
});

import type { Transport, WebexAnswer, WebexCall } from './transport.ts';

/**
 * A transport that requests the next page as soon as an answer names it, while the reader reads the page before. One call
 * is ahead at most; it stays unread where the reader stops.
 * @param toNext the call for the next page, undefined after the last one
 */
export function createReadAhead(
  transport: Transport,
  toNext: (answer: WebexAnswer, call: WebexCall) => WebexCall | undefined,
): Transport {
  let ahead: { readonly path: string; readonly answer: Promise<WebexAnswer> } | undefined;
  return {
    async call(call) {
      const asked = ahead?.path === call.path ? ahead.answer : undefined;
      ahead = undefined;
      const answer = await (asked ?? transport.call(call));
      const next = answer.status === 200 ? toNext(answer, call) : undefined;
      if (next === undefined) return answer;
      ahead = { path: next.path, answer: transport.call(next) };
      // The failure is thrown when the reader requests the page.
      ahead.answer.catch(() => undefined);
      return answer;
    },
  };
}

import type { Transport, WebexAnswer, WebexCall } from './transport.ts';

/**
 * A transport that asks for the next page as soon as an answer says where it is: the page is on its way while the one
 * before it is read. One call is ahead at most, and a reader that stops leaves it unread.
 * @param toNext the call that follows an answer, undefined where none does
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
      // It is thrown to the reader that asks for the page.
      ahead.answer.catch(() => undefined);
      return answer;
    },
  };
}

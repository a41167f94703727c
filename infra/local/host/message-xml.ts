import type { QueueClient, QueueSendMessageOptions } from '@azure/storage-queue';

/**
 * The SDK for JavaScript reads and writes the XML of queue messages with two losses that the real host's SDK does not
 * have: it leaves numeric character references as they are (Azurite answers a carriage return as `&#xD;`), and it
 * drops line feeds from what it sends.
 */
const TEXT = /<MessageText(?:\s*\/>|>([^<]*)<\/MessageText>)/g;
const REFERENCE = /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));/gi;
const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** The texts of the messages in an answer of storage, in its order, as they were sent. */
export const toMessageTexts = (xml: string): readonly string[] =>
  [...xml.matchAll(TEXT)].map(([, text = '']) => decode(text));

/** One pass: a text that spells a reference arrives with its ampersand escaped, and stays as it is. */
const decode = (text: string): string =>
  text.replace(REFERENCE, (reference, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return NAMED[name] ?? reference;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : reference;
  });

/** Stand for line ends on their way through the SDK: no XML has these characters, so no message does. */
const STAND_INS = [
  ['\n', '\u0001', '&#10;'],
  ['\r', '\u0002', '&#13;'],
] as const;

/** Sends a text that `keepLineEnds` lets through unchanged. */
export const sendAsItIs = (queue: QueueClient, text: string, options: QueueSendMessageOptions = {}) =>
  queue.sendMessage(
    STAND_INS.reduce((sent, [end, standIn]) => sent.replaceAll(end, standIn), text),
    options,
  );

interface Next<Request, Answer> {
  sendRequest(request: Request): Promise<Answer>;
}

/** A policy for the pipeline of a queue client: writes line ends as character references. */
export const keepLineEnds = {
  create: <Request extends { body?: unknown }, Answer>(next: Next<Request, Answer>) => ({
    sendRequest(request: Request): Promise<Answer> {
      const { body } = request;
      if (typeof body === 'string')
        request.body = STAND_INS.reduce((text, [, standIn, xml]) => text.replaceAll(standIn, xml), body);
      return next.sendRequest(request);
    },
  }),
};

import { describe, expect, test } from '@jest/globals';
import { extend, type Tail, toStart } from '../../../src/audit/chain.ts';
import type { Change } from '../../../src/audit/change.ts';
import { verifyFile } from '../../../src/audit/verify-file.ts';

const path = 'v1/2026/11/24/one-1.ndjson';
const at = new Date('2026-11-24T12:00:00Z');
const toChange = (number: number): Change => ({
  requestId: `request-${number}`,
  asked: { channel: 'http', reason: 'zwölf\nLinien' },
  person: { email: 'ada@example.com' },
  operation: 'add',
  license: { id: `id-${number}` },
  known: 'changed',
  before: 'unknown',
  after: 'held',
  attempt: 1,
  instance: 'one',
});
const { text, tail: head } = extend(toStart(path), [1, 2, 3, 4, 5, 6].map(toChange), at);
const written = text.trimEnd().split('\n');

/** In pieces that keep to no line. */
async function* toPieces(content: string, bytes = 100) {
  const buffer = Buffer.from(content);
  for (let from = 0; from < buffer.length; from += bytes) yield buffer.subarray(from, from + bytes);
}
const verify = (lines: readonly string[], known: Tail | undefined = head, file = path) =>
  verifyFile(file, toPieces(lines.map((line) => `${line}\n`).join('')), known);
const without = (...numbers: number[]) => written.filter((_line, index) => !numbers.includes(index + 1));
const line = (number: number) => written[number - 1] ?? '';

describe('a file of the audit trail', () => {
  test.each([1, 7, 100, 100_000])(
    'is as it was written, however it is read: %i bytes at once',
    async (bytes) => {
      expect(await verifyFile(path, toPieces(text, bytes), head)).toEqual({ lines: 6 });
    },
  );

  test('goes on from where it was', async () => {
    const more = extend(head, [toChange(7)], at);
    expect(more.tail.count).toBe(7);
    expect(await verify([...written, more.text.trimEnd()], more.tail)).toEqual({ lines: 7 });
  });

  test('may have lines beyond what is known of it, and may not be known yet', async () => {
    const { tail } = extend(toStart(path), [1, 2].map(toChange), at);
    expect(await verify(written, tail)).toEqual({ lines: 6 });
    expect(await verifyFile(path, toPieces(text), undefined)).toEqual({ lines: 6 });
  });

  const changed = (number: number) =>
    written.map((one, index) => (index + 1 === number ? one.replace('"held"', '"not-held"') : one));
  const swapped = [line(1), line(2), line(4), line(3), line(5), line(6)];
  test.each<[string, readonly string[], string, number, string]>([
    ['a line that was changed', changed(3), 'changed', 3, 'line 4 was written after another line'],
    ['a first line that was changed', changed(1), 'changed', 1, 'line 2 was written after another line'],
    ['a last line that was changed', changed(6), 'changed', 6, 'it differs from the line that was written'],
    [
      'a line that is none',
      [line(1), 'hello', ...written.slice(2)],
      'changed',
      2,
      'not a line of an audit trail',
    ],
    ['a line that is missing', without(3), 'cut', 3, 'line 4 is in its place'],
    ['lines that are missing at the beginning', without(1, 2), 'cut', 1, 'line 3 is in its place'],
    ['lines that are missing at the end', without(5, 6), 'cut', 5, '6 lines were written'],
    ['a file that was emptied', [], 'cut', 1, '6 lines were written'],
    ['lines that were swapped', swapped, 'swapped', 3, 'line 3 is in the place of line 4'],
    [
      'a line that is there twice',
      [line(1), line(1), ...written.slice(1)],
      'inserted',
      2,
      'it says that it is line 1',
    ],
  ])('shows %s', async (_what, lines, what, number, detail) => {
    const { wrong } = await verify(lines);
    expect(wrong).toMatchObject({ what, line: number, detail: expect.stringContaining(detail) });
  });

  test('that is not there is missed', async () => {
    expect((await verifyFile(path, undefined, head)).wrong).toMatchObject({ what: 'missing', line: 1 });
  });

  test('that was written anew from its beginning is not the one that is known', async () => {
    const other = extend(toStart(path), [9, 2, 3, 4, 5, 6].map(toChange), at).text.trimEnd().split('\n');
    expect((await verify(other)).wrong).toMatchObject({ what: 'changed', line: 6 });
  });

  test('does not pass for another file', async () => {
    expect((await verify(written, head, 'v1/2026/11/24/two-1.ndjson')).wrong).toMatchObject({
      what: 'changed',
      line: 1,
      detail: 'it is not the first line of this file',
    });
  });

  test('whose last line has no end was cut', async () => {
    expect((await verifyFile(path, toPieces(text.slice(0, -1)), undefined)).wrong).toMatchObject({
      what: 'cut',
      line: 6,
    });
  });

  test('with a line that does not end is not read to its end', async () => {
    let read = 0;
    async function* endless() {
      for (; read < 1_000; read += 1) yield Buffer.alloc(10_000, 'x');
    }
    expect((await verifyFile(path, endless(), undefined)).wrong?.what).toBe('cut');
    expect(read).toBeLessThan(10);
  });
});

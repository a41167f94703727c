import { expect, test } from '@jest/globals';
import { PartsFailed, runParts } from '../../../src/platform/run-parts.ts';

function createRun() {
  const ran: string[] = [];
  const logged: unknown[] = [];
  const log = {
    info: () => {},
    warn: (event: string, fields: object = {}) => logged.push({ event, ...fields }),
  };
  const part = (name: string, error?: unknown) => async () => {
    ran.push(name);
    if (error !== undefined) throw error;
  };
  return { ran, logged, log, part };
}

test('parts run in their order, and nothing is said where all go well', async () => {
  const { ran, logged, log, part } = createRun();
  await runParts({ first: part('first'), second: part('second') }, log);
  expect({ ran, logged }).toEqual({ ran: ['first', 'second'], logged: [] });
});

test('a part that fails is logged, does not hold up those behind it, and is named when all have run', async () => {
  const { ran, logged, log, part } = createRun();
  const gone = new RangeError('gone');
  const parts = { a: part('a', gone), b: part('b'), c: part('c', 'text'), d: part('d') };
  const end = await runParts(parts, log).catch((error: unknown) => error);
  expect(ran).toEqual(['a', 'b', 'c', 'd']);
  expect(end).toBeInstanceOf(PartsFailed);
  expect(end).toMatchObject({ message: 'failed: a (RangeError: gone), c (unknown)', errors: [gone, 'text'] });
  expect(logged).toEqual([
    { event: 'part-failed', part: 'a', reason: 'RangeError: gone' },
    { event: 'part-failed', part: 'c', reason: 'unknown' },
  ]);
});

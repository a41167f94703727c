import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { PAGE, readWalks, toWalksText } from '../walk/page.ts';
import { takeWalks } from '../walk/walks.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('the page about the architecture tells the walks as the app takes them (else: npm run walk -- --write)', async () => {
  const walks = await takeWalks(root);
  expect(walks).toHaveLength(5);
  expect(readWalks(await readFile(`${root}${PAGE}`, 'utf8'))).toBe(toWalksText(walks));
});

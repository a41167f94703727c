import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { createNotice } from '../../../../infra/azure/notice.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

test('NOTICE names each package in the bundle with its license (else: npm run notice)', async () => {
  const notice = await createNotice(root);
  expect(notice).toMatch(/^zod \d+\.\d+\.\d+ \(MIT\)\n {4}Copyright \(c\) \d+ \S/m);
  expect(await readFile(`${root}NOTICE`, 'utf8')).toBe(notice);
});

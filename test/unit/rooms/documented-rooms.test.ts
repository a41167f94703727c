import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { ADAPTERS, ROOMS } from './imports.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

test('the page about the architecture lists the rooms that there are, from the top', async () => {
  const page = await readFile(`${root}docs/architecture.md`, 'utf8');
  const listed = [...page.matchAll(/^\| `src\/(\w+)(?:\/|\.ts)`/gm)].map(([, room]) => room);
  const entries = await readdir(`${root}src`, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  expect([...listed].sort()).toEqual([...folders, 'app'].sort());
  expect(listed).toEqual([...ROOMS, ...ADAPTERS].filter((room) => listed.includes(room)));
});

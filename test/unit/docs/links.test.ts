import { existsSync, readdirSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { expect, test } from '@jest/globals';
import { PAGES, type Page, ROOT, readPage } from '../../pages.ts';

/** The anchors of a page, as GitHub makes them of its headings. */
function toAnchors({ prose }: Page): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of prose.matchAll(/^#+ (.+)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replaceAll(/[^\p{L}\p{N}\-_ ]/gu, '')
      .replaceAll(' ', '-');
    let [anchor, count] = [slug, 0];
    while (anchors.has(anchor)) anchor = `${slug}-${++count}`;
    anchors.add(anchor);
  }
  return anchors;
}

const links = PAGES.flatMap(({ path, prose }) =>
  [...prose.matchAll(/\]\((?!https?:)([^)\s#]*)(?:#([^)\s]*))?\)/g)].map(([, to = '', anchor]) => ({
    page: path,
    target: to === '' ? path : normalize(join(path, '..', to)),
    anchor,
  })),
);

test('each relative link of a page leads to a file of the repository', () => {
  expect(links.length).toBeGreaterThan(200);
  expect(links.filter(({ target }) => target.startsWith('..') || !existsSync(join(ROOT, target)))).toEqual(
    [],
  );
});

test('each anchor that a link names is a heading of its page', () => {
  const named = links.filter(({ target, anchor }) => anchor !== undefined && existsSync(join(ROOT, target)));
  expect(named.filter(({ target, anchor = '' }) => !toAnchors(readPage(target)).has(anchor))).toEqual([]);
});

test('each page of docs can be reached from the README', () => {
  const reached = new Set(['README.md']);
  // A set hands out what is added while it is walked.
  for (const page of reached)
    for (const { target } of links.filter((link) => link.page === page && link.target.endsWith('.md')))
      reached.add(target);
  expect(
    PAGES.map(({ path }) => path).filter((path) => path.startsWith('docs/') && !reached.has(path)),
  ).toEqual([]);
});

test('docs/architecture.md has each room of src/, and no other', () => {
  const rows = [...readPage('docs/architecture.md').prose.matchAll(/^\| `src\/([a-z-]+)\/`/gm)].map(
    ([, room]) => room,
  );
  const rooms = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  expect(rows.sort()).toEqual(rooms.map(({ name }) => name).sort());
});

test('the README has at most 250 lines', () => {
  expect(readPage('README.md').text.split('\n').length).toBeLessThanOrEqual(250);
});

test('the pages have a subject that exists where they could say nobody or somebody', () => {
  const pages = PAGES.filter(({ path }) => path === 'README.md' || path.startsWith('docs/'));
  const found = pages.flatMap(({ path, prose }) =>
    [...prose.matchAll(/.{0,30}\b(?:nobody|somebody|anybody)\b.{0,30}/gi)].map(([text]) => ({ path, text })),
  );
  expect(found).toEqual([]);
});

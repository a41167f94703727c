import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { NORMALIZERS } from '../../../../src/hr/sources/presets.ts';
import { parseSources, type Source } from '../../../../src/hr/sources/sources.ts';

const DOCS = join(import.meta.dirname, '../../../../docs');
const PAGES = ['hr-sources.md', ...readdirSync(join(DOCS, 'hr-sources')).map((name) => `hr-sources/${name}`)];

/** A block that begins with three backticks, `json`, and what it is an example of. */
interface Block {
  readonly page: string;
  readonly what: string;
  readonly text: string;
}

const blocksOf = (page: string): Block[] => {
  const found = readFileSync(join(DOCS, page), 'utf8').matchAll(/^( *)```json(.*)\n([\s\S]*?)^\1```$/gm);
  return [...found].map(([, , what = '', text = '']) => ({ page, what: what.trim(), text }));
};
const BLOCKS = PAGES.flatMap(blocksOf);
const SETTINGS = BLOCKS.filter(({ what }) => what === 'HR_SOURCES');
const WEBHOOKS = BLOCKS.filter(({ what }) => what.startsWith('webhook '));

/** The sources that the settings of a page give, by name. */
function sourcesOf(page: string): ReadonlyMap<string, Source> {
  const parsed = SETTINGS.filter((block) => block.page === page).map(({ text }) => parseSources(text));
  return new Map(parsed.flatMap((sources) => (typeof sources === 'string' ? [] : [...sources])));
}

describe('in the documentation of HR sources', () => {
  test('each JSON block is found, and says what it is an example of', () => {
    const fences = PAGES.flatMap((page) => readFileSync(join(DOCS, page), 'utf8').match(/```json/g) ?? []);
    expect(BLOCKS).toHaveLength(fences.length);
    expect(BLOCKS.filter((block) => ![...SETTINGS, ...WEBHOOKS].includes(block))).toEqual([]);
  });

  test.each(SETTINGS)('the setting on $page is taken', ({ text }) => {
    const sources = parseSources(text);
    expect(sources).toBeInstanceOf(Map);
    expect(sources).not.toHaveProperty('size', 0);
  });

  test.each(WEBHOOKS)('the $what on $page is read as it says', ({ page, what, text }) => {
    const [, name = '', ...kinds] = what.split(' ');
    const source = sourcesOf(page).get(name);
    if (!source) throw new Error(`${page} has no setting for the source ${name}`);
    const headers = { get: () => null };
    const events = NORMALIZERS[source.preset]({
      source,
      headers,
      body: JSON.parse(text),
      receivedAt: new Date('2026-11-24T12:00:00Z'),
    });
    if (!events.ok) throw new Error(JSON.stringify(events.problems));
    expect(events.value.map(({ kind }) => kind)).toEqual(kinds);
    expect(events.value.filter(({ employeeId, email }) => !employeeId && !email)).toEqual([]);
  });

  test('each preset has a setting and a webhook', () => {
    const presets = Object.keys(NORMALIZERS).sort();
    const shown = (blocks: readonly Block[]) =>
      [
        ...new Set(blocks.flatMap(({ page }) => [...sourcesOf(page).values()].map(({ preset }) => preset))),
      ].sort();
    expect([shown(SETTINGS), shown(WEBHOOKS)]).toEqual([presets, presets]);
  });
});

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { toReportPage } from '../../src/inventory/insight/report/page.ts';
import { createParts } from '../parts.ts';
import { hasBrowser, startChromium, visit } from './chromium.ts';
import { HOSTILE_NAMES, toFacts, toHostileFacts, toManyFacts, toUsualFacts } from './report-facts.ts';

/** The report in a real browser. */
let browser: Browser;
let axe: string;
const started = createParts();
if (hasBrowser)
  beforeAll(async () => {
    const starting = startChromium();
    await started(starting.then((opened) => ({ stop: () => opened.close() })));
    browser = await starting;
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  });
const describeInBrowser = hasBrowser ? describe : describe.skip;

const pool = { id: 'x', name: 'Webex Suite', subscriptionId: 'Sub1', totalUnits: 10, consumedUnits: 4 };
const reports = {
  'a usual organization': toUsualFacts(),
  'hostile names': toHostileFacts(),
  '60 licenses': toManyFacts(60),
  'one license, read for the first time': toFacts([pool], { days: 1 }),
  'one license without any history': toFacts([pool], { days: 0 }),
  'no license that is bought': toFacts([
    { id: 'free', name: 'Basic Messaging', totalUnits: 44, consumedUnits: 44 },
  ]),
};
const views = [
  { colorScheme: 'light', width: 390 },
  { colorScheme: 'dark', width: 1280 },
] as const;
const moreViews = [
  { colorScheme: 'dark', width: 390 },
  { colorScheme: 'light', width: 1280 },
] as const;

/** What axe finds, each with where it is. */
async function audit(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate<AxeResults>('axe.run(document)');
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}

describeInBrowser.each(Object.entries(reports))('the report of %s', (_, facts) => {
  const page = toReportPage(facts);
  const ofThis = facts === reports['a usual organization'] ? [...views, ...moreViews] : views;

  test.each(ofThis)(
    'is quiet, whole and accessible: $colorScheme, $width pixels',
    async (view) => {
      await visit(browser, page, view, async ({ page: opened, complaints, wanted, served }) => {
        expect(complaints).toEqual([]);
        expect([...wanted, ...served]).toEqual([]);
        expect(await opened.evaluate('document.documentElement.scrollWidth')).toBe(view.width);
        expect(await audit(opened)).toEqual([]);
        expect(complaints).toEqual([]);
      });
    },
    60_000,
  );
});

describeInBrowser('the report', () => {
  test('shows hostile names as they are, and runs nothing of them', async () => {
    const view = { colorScheme: 'light', width: 1280 } as const;
    await visit(browser, toReportPage(toHostileFacts()), view, async ({ page }) => {
      const names = await page.locator('table.pools tbody th > bdi').allTextContents();
      const expected = HOSTILE_NAMES.map((name) => name.replace('\u0000', '\ufffd').trim() || '(no name)');
      expect(names.sort()).toEqual(expected.sort());
      expect(await page.title()).toBe('Webex licenses, 25 Nov 2026, 05:00 UTC');
      expect(
        await page.locator('script, img, iframe, link[rel=stylesheet], [onload], [onerror]').count(),
      ).toBe(0);
      expect(await page.locator('h1').allTextContents()).toEqual(['Webex licenses']);
    });
  });

  test('forbids scripts and requests even to those who would get some into it', async () => {
    const injected = toReportPage(toUsualFacts()).replace(
      '</main>',
      '<script>document.title="taken"</script><img src="/pixel"><style>main{display:none}</style></main>',
    );
    await visit(
      browser,
      injected,
      { colorScheme: 'light', width: 1280 },
      async ({ page, served, complaints }) => {
        expect(await page.title()).toContain('Webex licenses');
        expect(served).toEqual([]);
        expect(await page.locator('main').isVisible()).toBe(true);
        expect(complaints.join('\n')).toMatch(/Content Security Policy/);
      },
    );
  });

  test('says all that it shows, the charts included', async () => {
    await visit(
      browser,
      toReportPage(toUsualFacts()),
      { colorScheme: 'light', width: 390 },
      async ({ page }) => {
        const text = await page.locator('main').textContent();
        for (const said of [
          '2 over',
          'none free',
          'range: 17 to 23 days',
          'was called Customer Experience - Essential',
          '4 people gained it, 1 person lost it',
          '+20 units bought, −1 unit used',
          '3 requests, the first since 24 Nov 2026, 10:12 UTC',
          'hr-4710',
          'not done: somebody must look',
        ]) {
          expect(text).toContain(said);
        }
        const charts = await page.getByRole('img').all();
        expect(charts).toHaveLength(10);
        expect(await charts[2]?.locator('title').textContent()).toMatch(
          /^143 used 89 days ago, 231 of 250 now\. Runs out: In 19 days, 14 Dec 2026; range: 17 to 23 days\.$/,
        );
      },
    );
  });

  test('prints on white, whatever the screen, with no row cut in two', async () => {
    await visit(
      browser,
      toReportPage(toUsualFacts()),
      { colorScheme: 'dark', width: 1280 },
      async ({ page }) => {
        const colours = () =>
          page.evaluate(
            '[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]',
          );
        expect(await colours()).toEqual(['rgb(14, 17, 23)', 'rgb(233, 236, 242)']);
        await page.emulateMedia({ media: 'print' });
        expect(await colours()).toEqual(['rgb(255, 255, 255)', 'rgb(22, 26, 35)']);
        expect(await audit(page)).toEqual([]);
        expect((await page.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-');
      },
    );
  });
});

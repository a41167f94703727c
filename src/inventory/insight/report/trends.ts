import { HISTORY_DAYS, toDay } from '../history.ts';
import { toTrendChart } from './chart.ts';
import type { PoolFacts } from './facts.ts';
import { html, type Markup } from './html.ts';
import { toPlace } from './pools.ts';
import { toCount, toForecastWords, toName, toNumber } from './words.ts';

/** A report stays a file that a phone can open. */
const MAX_CHARTS = 60;

/** Use over the last 90 days and ahead, a chart for each pool. */
export function toTrendsSection(pools: readonly PoolFacts[], readAt: Date): Markup {
  const shown = pools.slice(0, MAX_CHARTS);
  const hasHistory = shown.some(({ readings }) => readings.length > 1);
  return html`<section aria-labelledby="trends"><h2 id="trends">The last ${HISTORY_DAYS} days, and ahead</h2>
${
  hasHistory
    ? html`<p class="legend"><span class="key use"></span> used <span class="key total"></span> units bought <span class="key ahead"></span> forecast, with its range</p>
<div class="trends">${shown.map((one, index) => toFigure(one, `trend-${index}`, readAt))}</div>`
    : html`<p class="none">The trend begins with the second day that is read.</p>`
}
${pools.length > shown.length && html`<p class="muted">The ${toNumber(MAX_CHARTS)} most urgent of ${toNumber(pools.length)} pools are drawn; the history has them all.</p>`}
</section>`;
}

function toFigure({ pool, readings, readingCount, forecast }: PoolFacts, key: string, readAt: Date): Markup {
  const first = readings[0];
  const words = toForecastWords(forecast, readAt, readingCount);
  const text = first
    ? `${toNumber(first.consumedUnits)} used ${toCount(toDay(readAt) - first.day, 'day')} ago, ${toNumber(pool.consumedUnits)} of ${toNumber(pool.totalUnits)} now. Runs out: ${[words.main, words.detail].filter(Boolean).join('; ')}.`
    : 'No history yet.';
  const chart = toTrendChart({
    key,
    text,
    today: toDay(readAt),
    readings,
    totalUnits: pool.totalUnits,
    growth: 'growth' in forecast ? forecast.growth : undefined,
  });
  return html`<figure><figcaption><h3>${toName(pool.name)}</h3>${toPlace(pool)}</figcaption>${chart}</figure>`;
}

import type { License } from '../../../webex/license.ts';
import { isPaidPool } from '../pool.ts';
import type { PoolFacts, ReportFacts } from './facts.ts';
import { type Content, html, type Markup } from './html.ts';
import { toCount, toForecastWords, toFree, toName, toNumber, toSigned } from './words.ts';

/** Every paid pool: use, headroom, change and forecast. */
export function toPoolsSection(pools: readonly PoolFacts[], facts: ReportFacts): Markup {
  const changes = new Map(
    facts.diff.licenses.map((license) => [license.licenseId, license.consumedUnits.change]),
  );
  return html`<section aria-labelledby="pools"><h2 id="pools">Pools</h2>
${
  pools.length === 0
    ? html`<p class="none">No license in this organization is bought in units.</p>`
    : html`<table class="pools"><thead><tr><th scope="col">License</th><th scope="col">Use</th><th scope="col" class="num">Free</th><th scope="col" class="num">Since last run</th><th scope="col">Runs out</th></tr></thead>
<tbody>${pools.map((one) => toRow(one, changes.get(one.pool.id), facts.run.readStartedAt))}</tbody></table>`
}
${toOthers(facts.licenses.filter((license) => !isPaidPool(license)))}
</section>`;
}

function toRow(
  { pool, freeUnits, percentUsed, forecast, readingCount, isAlerted }: PoolFacts,
  change: number | undefined,
  from: Date,
): Markup {
  const words = toForecastWords(forecast, from, readingCount);
  const level = freeUnits < 0 ? 'over' : isAlerted || freeUnits === 0 ? 'low' : 'fine';
  return html`<tr class="${level}"><th scope="row">${toName(pool.name)}${toPlace(pool)}</th>
<td class="use">${toBar(pool.consumedUnits, pool.totalUnits)}<span class="figures"><strong>${toNumber(pool.consumedUnits)}</strong> of ${toNumber(pool.totalUnits)}${Number.isFinite(percentUsed) && html`<span class="muted"> · ${toNumber(Math.round(percentUsed))} %</span>`}</span></td>
<td class="num free"><span class="badge">${toFree(freeUnits)}</span></td>
<td class="num change">${change === undefined ? html`<span class="muted">–</span>` : change === 0 ? html`<span class="muted">no change</span>` : html`${toSigned(change)} used`}</td>
<td class="forecast">${words.main}${words.detail && html`<span class="detail">${words.detail}</span>`}</td></tr>`;
}

/** Which of several licenses of one name: its subscription and site. */
export const toPlace = ({
  subscriptionId,
  siteUrl,
}: Pick<License, 'subscriptionId' | 'siteUrl'>): Content => {
  const parts = [subscriptionId, siteUrl].filter((part): part is string => Boolean(part));
  return (
    parts.length > 0 &&
    html`<span class="detail">${parts.map((part, at) => [at > 0 && ' · ', toName(part)])}</span>`
  );
};

/** The pool to scale; what is used beyond it stands apart, in a pattern as well as in a colour. */
function toBar(consumed: number, total: number): Markup {
  const whole = Math.max(consumed, total, 1);
  const percent = (units: number) => `${Math.round((Math.max(0, units) / whole) * 1_000) / 10}%`;
  const over = consumed - total;
  return html`<svg class="bar" aria-hidden="true" focusable="false" width="100%" height="10">
<rect class="track" width="100%" height="10" rx="3"/><rect class="used" width="${percent(Math.min(consumed, total))}" height="10" rx="3"/>
${over > 0 && html`<rect class="over" x="${percent(total)}" width="${percent(over)}" height="10"/><rect class="hatch" x="${percent(total)}" width="${percent(over)}" height="10" fill="url(#hatch)"/>`}</svg>`;
}

function toOthers(others: readonly License[]): Content {
  if (others.length === 0) return undefined;
  return html`<p class="free-ones">${toCount(others.length, 'license')} that nobody buys (free, hybrid, implicit), or without counts:</p>
<ul class="others">${others.map(
    ({ name, consumedUnits }) =>
      html`<li>${toName(name)}${typeof consumedUnits === 'number' && html`<span class="muted"> · ${toNumber(consumedUnits)} used</span>`}</li>`,
  )}</ul>`;
}

import { createHash } from 'node:crypto';
import type { RaisedAlert } from '../alerts.ts';
import { ENOUGH_READINGS } from '../history.ts';
import { toChangesSection } from './changes.ts';
import { toDriftSection } from './drift.ts';
import { type PoolFacts, type ReportFacts, toPoolFacts } from './facts.ts';
import { type Content, html, type Markup } from './html.ts';
import { toPlace, toPoolsSection } from './pools.ts';
import { toDaySection, toWaitingSection } from './requests.ts';
import { STYLE } from './style.ts';
import { toTrendsSection } from './trends.ts';
import { toCount, toName, toNumber, toTime } from './words.ts';

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');
/** Nothing runs, nothing is fetched, and the only style is the one in the page. */
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; img-src data:; base-uri 'none'; form-action 'none'`;
/** Without one, browsers ask the server for it. */
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%232457d6'/%3E%3Cpath d='M4 12V8m4 4V4m4 8V6' stroke='%23fff' stroke-width='2' stroke-linecap='round'/%3E%3C/svg%3E";

/** `report.html`: one file that needs nothing else, for people. */
export function toReportPage(facts: ReportFacts): string {
  const pools = toPoolFacts(facts);
  const { run, warnings } = facts;
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">
<title>Webex licenses, ${toTime(run.readStartedAt)}</title><link rel="icon" href="${ICON}"><style>${{ markup: STYLE }}</style></head>
<body><svg class="defs" aria-hidden="true" focusable="false" width="0" height="0"><defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="stripe" width="2" height="5"/></pattern></defs></svg>
<header><p class="brand">Seatline</p><h1>Webex licenses</h1><p class="when">Read ${toTime(run.readStartedAt)} · organization ${toName(run.orgId)} · run ${toName(run.runId)}</p>
<p class="lead">${toLead(pools)}</p></header>
<main>
${toTiles(pools, facts)}
${toAlerts(facts.raised)}
${toPoolsSection(pools, facts)}
${toTrendsSection(pools, run.readStartedAt)}
<div class="pair">${toChangesSection(facts)}${toDaySection(facts)}</div>
${toWaitingSection(facts)}
${toDriftSection(facts)}
${warnings.length > 0 && html`<section aria-labelledby="warnings"><h2 id="warnings">Warnings of this run</h2><ul>${warnings.map((warning) => html`<li>${warning}</li>`)}</ul></section>`}
</main>
<footer><p>A forecast is the median growth a day, over all stretches of a week or more within the last 90 days, or within the last ${ENOUGH_READINGS} readings where those days have fewer; its range leaves out the slowest and the fastest twentieth of them. It knows no plans: a hiring wave that begins tomorrow is not in it.</p></footer>
</body></html>
`;
  return page.markup;
}

/** The state of things in a sentence. */
function toLead(pools: readonly PoolFacts[]): string {
  if (pools.length === 0) return 'There is no pool to watch.';
  const over = pools.filter(({ freeUnits }) => freeUnits < 0).length;
  const full = pools.filter(({ freeUnits }) => freeUnits === 0).length;
  const soon = pools.filter(
    ({ forecast }) => forecast.kind === 'runs-out' && forecast.days <= SOON_DAYS,
  ).length;
  const parts = [
    over > 0 && `${toNumber(over)} over-used`,
    full > 0 && `${toNumber(full)} full`,
    soon > 0 && `${toNumber(soon)} likely to run out within ${SOON_DAYS} days`,
  ].filter((part) => part !== false);
  const all = `Of ${toCount(pools.length, 'paid pool')}`;
  return parts.length === 0
    ? `${all}, all have room.`
    : `${all}, ${new Intl.ListFormat('en').format(parts)}.`;
}

const SOON_DAYS = 30;

function toTiles(pools: readonly PoolFacts[], { requests, raised, diff }: ReportFacts): Markup {
  const over = pools.filter(({ freeUnits }) => freeUnits < 0).length;
  const changed = diff.licenses.filter(({ status }) => status !== 'unchanged').length;
  const tile = (count: number, what: string, isBad = false) =>
    html`<li class="${isBad && count > 0 ? 'tile bad' : 'tile'}"><strong>${toNumber(count)}</strong> ${what}</li>`;
  return html`<ul class="tiles">${[
    tile(pools.length, pools.length === 1 ? 'paid pool' : 'paid pools'),
    tile(over, 'over-used', true),
    tile(raised.length, raised.length === 1 ? 'alert is on' : 'alerts are on', true),
    tile(requests.waiting.length, 'wait for seats'),
    tile(changed, 'changed since the last run'),
  ]}</ul>`;
}

function toAlerts(raised: readonly RaisedAlert[]): Content {
  if (raised.length === 0) return undefined;
  return html`<section class="alerts" aria-labelledby="alerts"><h2 id="alerts">Alerts that are on</h2><ul>${raised.map(
    ({ license, threshold, limit, raisedAt }) =>
      html`<li><strong>${toName(license.name)}</strong>${toPlace(license)}<span class="said">${THRESHOLD_WORDS[threshold](toNumber(limit))}, since ${toTime(new Date(raisedAt))}</span></li>`,
  )}</ul></section>`;
}

const THRESHOLD_WORDS: Readonly<Record<RaisedAlert['threshold'], (limit: string) => string>> = {
  'free-units': (limit) => `${limit} units or fewer are free`,
  'percent-used': (limit) => `${limit} % or more are used`,
  'days-left': (limit) => `runs out within ${limit} days`,
};

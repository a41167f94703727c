import { FINAL_STATES, OPEN_STATES } from '../../../requests/record/states.ts';
import type { SeatWait } from '../request-facts.ts';
import type { ReportFacts } from './facts.ts';
import { type Content, html, type Markup } from './html.ts';
import { toPlace } from './pools.ts';
import { toCount, toName, toNumber, toTime } from './words.ts';

/** Enough to act on; the license requests themselves are listed by `GET /license-requests?state=waiting`. */
const MAX_IDS = 20;

/** Who waits for seats: by license, with the ids of the requests and no person. */
export function toWaitingSection({ requests, licenses }: ReportFacts): Markup {
  const byLicense = licenses
    .map((license) => ({
      license,
      waits: requests.waiting.filter(({ licenseIds }) => licenseIds.includes(license.id)),
    }))
    .filter(({ waits }) => waits.length > 0);
  return html`<section aria-labelledby="waiting"><h2 id="waiting">Waiting for seats</h2>
${
  byLicense.length === 0
    ? html`<p class="none">No request waits for seats.</p>`
    : byLicense.map(({ license, waits }) => {
        const sorted = [...waits].sort((a, b) => a.since.getTime() - b.since.getTime());
        return html`<div class="wait"><h3>${toName(license.name)}</h3>${toPlace(license)}<p><strong>${toCount(waits.length, 'request')}</strong>, the first since ${toTime(sorted[0]?.since ?? new Date(0))}</p>
<ul class="ids">${sorted.slice(0, MAX_IDS).map(toId)}</ul>${sorted.length > MAX_IDS && html`<p class="muted">and ${toNumber(sorted.length - MAX_IDS)} more</p>`}</div>`;
      })
}</section>`;
}

const toId = ({ requestId, since }: SeatWait): Markup =>
  html`<li><code>${requestId}</code><span class="muted"> since ${toTime(since)}</span></li>`;

const LABELS: Readonly<Partial<Record<string, string>>> = {
  succeeded: 'done as asked',
  partial: 'done in part',
  failed: 'not done: somebody must look',
  superseded: 'overtaken by a newer request',
  cancelled: 'stopped by a person',
  scheduled: 'not due yet',
  waiting: 'for somebody else',
};

/** License requests of the last 24 hours, by what became of them. */
export function toDaySection({ requests }: ReportFacts): Markup {
  const rows = [...FINAL_STATES, ...OPEN_STATES]
    .map((state) => ({ state, count: requests.byState.get(state) ?? 0 }))
    .filter(({ count }) => count > 0);
  const total = rows.reduce((sum, { count }) => sum + count, 0);
  return html`<section aria-labelledby="requests"><h2 id="requests">Requests of the last 24 hours</h2>
${
  total === 0
    ? html`<p class="none">No license request moved.</p>`
    : html`<table class="requests"><thead><tr><th scope="col">Result</th><th scope="col" class="num">Requests</th><th scope="col">Share</th></tr></thead><tbody>${rows.map(
        ({
          state,
          count,
        }) => html`<tr class="${state}"><th scope="row">${state}${LABELS[state] && html`<span class="detail">${LABELS[state]}</span>`}</th>
<td class="num">${toNumber(count)}</td><td class="share">${toShareBar(count / total)}<span>${toNumber(Math.round((count / total) * 100))} %</span></td></tr>`,
      )}</tbody></table>`
}
${toCutOff(requests.isCutOff)}</section>`;
}

const toShareBar = (share: number): Markup =>
  html`<svg class="bar" aria-hidden="true" focusable="false" width="100%" height="10"><rect class="track" width="100%" height="10" rx="3"/><rect class="used" width="${Math.round(share * 1_000) / 10}%" height="10" rx="3"/></svg>`;

const toCutOff = (isCutOff: boolean): Content =>
  isCutOff && html`<p class="muted">There are more than were counted.</p>`;

import type { LicenseDiff } from '../../schemas/diff.ts';
import type { ReportFacts } from './facts.ts';
import { type Content, html, type Markup } from './html.ts';
import { toPlace } from './pools.ts';
import { toCount, toName, toNumber, toSigned, toTime } from './words.ts';

/** What changed since the last run, license by license. */
export function toChangesSection({ diff }: ReportFacts): Markup {
  const changed = diff.licenses.filter(({ status }) => status !== 'unchanged');
  const { previousRun } = diff;
  return html`<section aria-labelledby="changes"><h2 id="changes">Since the last run</h2>
${
  previousRun === undefined
    ? html`<p class="none">This is the first run: there is nothing to compare with yet.</p>`
    : html`<p class="muted">Compared with ${toTime(new Date(previousRun.readStartedAt))}.</p>${
        changed.length === 0
          ? html`<p class="none">Nothing changed.</p>`
          : html`<ul class="changes">${changed.map(toItem)}</ul>`
      }`
}</section>`;
}

function toItem(license: LicenseDiff): Markup {
  const { status, previousName, totalUnits, consumedUnits, people } = license;
  const facts: Content[] = [
    status === 'new' && toUnits(totalUnits.after, consumedUnits.after),
    status === 'vanished' && toUnits(totalUnits.before, consumedUnits.before),
    previousName !== undefined && html`was called ${toName(previousName)}`,
    toChange(totalUnits.change, 'unit', 'bought'),
    toChange(consumedUnits.change, 'unit', 'used'),
    people && people.gained > 0 && `${toCount(people.gained, 'person', 'people')} gained it`,
    people && people.lost > 0 && `${toCount(people.lost, 'person', 'people')} lost it`,
  ];
  const said = facts.filter((fact) => fact !== false && fact !== undefined && fact !== '');
  const label = status === 'changed' && previousName !== undefined ? 'renamed' : status;
  return html`<li><span class="tag ${label}">${label}</span><span><strong>${toName(license.name)}</strong>${toPlace(license)}<span class="said">${said.map((fact, at) => [at > 0 && ', ', fact])}</span></span></li>`;
}

const toUnits = (total: number | undefined, consumed: number | undefined) =>
  total !== undefined && `${toNumber(consumed ?? 0)} of ${toCount(total, 'unit')} used`;

const toChange = (change: number | undefined, unit: string, what: string) =>
  change !== undefined &&
  change !== 0 &&
  `${toSigned(change)} ${Math.abs(change) === 1 ? unit : `${unit}s`} ${what}`;

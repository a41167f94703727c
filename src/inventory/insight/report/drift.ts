import { DRIFT_KINDS, type DriftKind } from '../../../hr/drift/drift.ts';
import type { DriftFile } from '../../schemas/drift.ts';
import type { ReportFacts } from './facts.ts';
import { type Content, html, type Markup } from './html.ts';
import { toCount, toName, toNumber, toSigned } from './words.ts';

/** Each kind in words, and what to do about it. */
const KINDS: Readonly<Record<DriftKind, { readonly title: string; readonly todo: string }>> = {
  missing: {
    title: 'Missing: the policy gave it, and it was taken away at Webex',
    todo: 'Give it back with DRIFT_REPAIR=add, or remove it with a request, so that the removal stands.',
  },
  extra: {
    title: 'Extra: managed, and given by hand',
    todo: 'Ask for it with a request, so that it stands, change the policy, or take it with DRIFT_REPAIR=add-and-remove.',
  },
  'leaver-licensed': {
    title: 'Leavers who still have a license',
    todo: 'Add a leaver rule that takes it, or remove it with a request.',
  },
  'unknown-to-hr': {
    title: 'Held by people whom HR does not know',
    todo: 'Have HR send them, or remove the license with a request.',
  },
  'deleted-in-hr': {
    title: 'Held by people whose record HR deleted',
    todo: 'If they left, have HR send the leaving: a deleted record ends nothing.',
  },
};

/** Where what people hold differs from what they should hold; nothing where there is no policy. */
export function toDriftSection({ drift }: ReportFacts): Content {
  if (drift === undefined || drift.reason?.condition === 'no-policy') return undefined;
  const { kinds, reason } = drift;
  return html`<section aria-labelledby="drift"><h2 id="drift">Drift: what people hold, and what they should hold</h2>
${kinds === undefined ? html`<p class="none">Not computed: ${reason?.detail}</p>` : toKinds(drift, kinds)}</section>`;
}

function toKinds(drift: DriftFile, kinds: NonNullable<DriftFile['kinds']>): Content {
  const found = DRIFT_KINDS.filter((kind) => kinds[kind].licenses > 0 || kinds[kind].change);
  const { compared = 0 } = drift.people ?? {};
  return [
    html`<p class="muted">${toCount(compared, 'person', 'people')} compared${toLeftOut(drift)}.</p>`,
    found.length === 0
      ? html`<p class="none">Nobody has too much or too little.</p>`
      : html`<ul class="changes">${found.map((kind) => toItem(kind, drift, kinds[kind]))}</ul>`,
    toRepair(drift),
    found.length > 0 && html`<p class="muted">Who it is: <code>seatline drift</code></p>`,
  ];
}

function toLeftOut({ people }: DriftFile): Content {
  const { notTold = 0, changing = 0, needIdentity = 0, notFound = 0 } = people ?? {};
  const parts = [
    notTold > 0 && `${toNumber(notTold)} whose licenses Webex did not tell`,
    changing > 0 && `${toNumber(changing)} for whom something changed meanwhile`,
    needIdentity > 0 && `${toNumber(needIdentity)} who need an identity`,
    notFound > 0 && `${toNumber(notFound)} whom Webex does not have`,
  ].filter((part) => part !== false);
  return parts.length > 0 && `; left out: ${parts.join(', ')}`;
}

function toItem(
  kind: DriftKind,
  { licenses = [] }: DriftFile,
  { people, licenses: count, change }: NonNullable<DriftFile['kinds']>[DriftKind],
): Markup {
  const { title, todo } = KINDS[kind];
  const of = licenses
    .filter((license) => license[kind] > 0)
    .sort((a, b) => b[kind] - a[kind])
    .map((license, index) => [index > 0 && ', ', toName(license.name), ` ${toNumber(license[kind])}`]);
  const since = change === undefined || change === 0 ? '' : `, ${toSigned(change)} since the last run`;
  return html`<li><span class="tag">${toNumber(count)}</span><span><strong>${title}</strong><span class="said">${toCount(people, 'person', 'people')}${since}${of.length > 0 && [': ', of]}</span>${count > 0 && html`<span class="said">${todo}</span>`}</span></li>`;
}

function toRepair({ repair }: DriftFile): Content {
  if (repair === undefined) return undefined;
  const { asked, left, heldBack } = repair;
  return [
    heldBack !== undefined && html`<p>${heldBack}.</p>`,
    asked > 0 && html`<p>Repair asks for ${toCount(asked, 'change')}.</p>`,
    left > 0 &&
      html`<p>${toCount(left, 'difference')} came again after a repair: a person means it, and it is left alone.</p>`,
  ];
}

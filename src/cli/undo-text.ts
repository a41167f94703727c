import * as z from 'zod';
import { count } from './words.ts';

const number = z.number().default(0);

/** `GET /undo/{undoId}`. */
export const undoSchema = z.object({
  undoId: z.string(),
  state: z.string(),
  scope: z.object({
    source: z.string().optional(),
    policyVersion: z.string().optional(),
    batch: z.string().optional(),
    requestId: z.string().optional(),
  }),
  since: z.string().optional(),
  dryRun: z.boolean(),
  progress: z.object({ requests: number, putBack: number, left: number }),
  waitsFor: z.string().optional(),
  failure: z.string().optional(),
  result: z
    .object({
      ...{
        requests: number,
        putBack: number,
        submitted: number,
        left: number,
        cancelled: number,
        open: number,
      },
      licenses: z.array(z.object({ name: z.string(), add: number, remove: number, left: number })),
      reasons: z.array(z.object({ reason: z.string(), changes: number })),
      forecast: z
        .object({ people: number, canGoNow: number, needApproval: number, cause: z.string() })
        .optional(),
      keptSince: z.string().optional(),
      isCut: z.boolean().optional(),
    })
    .optional(),
});
export type Shown = z.output<typeof undoSchema>;
type Result = NonNullable<Shown['result']>;

/** A line of `GET /undo/{undoId}/changes`. */
export const changeSchema = z.object({
  requestId: z.string(),
  person: z.object({ email: z.string().optional(), personId: z.string().optional() }),
  outcome: z.string(),
  license: z.object({ name: z.string() }).optional(),
  siteUrl: z.string().optional(),
  undone: z.string().optional(),
  detail: z.string().optional(),
  by: z.string().optional(),
  command: z.string().optional(),
});
type Change = z.output<typeof changeSchema>;

/** What came of an undo, and what to do next. @param since as it was typed */
export function toSummary({ undoId, scope, since, dryRun }: Shown, result: Result, typed?: string) {
  const { requests, putBack, submitted, left, cancelled, open, licenses, reasons } = result;
  const from = typed ?? since;
  const head = `${undoId}  ${dryRun ? 'a dry run of the undo' : 'undo'} of ${toScope(scope)}${from ? ` since ${from}` : ''}`;
  if (requests === 0) return [head, '  No request that is kept matches.', ...toKept(result)];
  const would = dryRun ? 'would be ' : '';
  return [
    head,
    `  ${count(requests, 'request')}: ${count(putBack, 'change')} ${would}put back by ${count(submitted, 'request')}, ${left} ${would}left, ${cancelled} ${would}cancelled, ${open} open`,
    ...licenses.map(
      ({ name, add, remove, left: stay }) =>
        `  license  ${name}: +${add} −${remove}${stay > 0 ? `, ${stay} left` : ''}`,
    ),
    ...reasons.map(({ reason, changes }) => `  ${reason}: ${changes}`),
    ...toForecast(result),
    ...toKept(result),
    ...(result.isCut ? ['  There are more licenses than are shown here.'] : []),
    ...(submitted === 0 || dryRun
      ? []
      : [`  watch it: seatline batch ${undoId}`, `  undo it:  seatline undo --batch ${undoId}`]),
  ];
}

function toScope({ source, policyVersion, batch, requestId }: Shown['scope']): string {
  if (batch !== undefined) return `batch ${batch}`;
  if (requestId !== undefined) return `request ${requestId}`;
  return source === undefined ? `policy ${policyVersion}` : `source ${source}`;
}

const toForecast = ({ forecast }: Result): readonly string[] =>
  forecast === undefined
    ? []
    : [
        `  removals ${forecast.people - forecast.needApproval} would go at once, ${forecast.needApproval} would wait for approval`,
      ];

const toKept = ({ keptSince }: Result): readonly string[] =>
  keptSince === undefined
    ? []
    : [`  Requests that ended before ${keptSince} are no longer kept: the audit trail has their changes.`];

/** What becomes of one change, or of an open request. */
export function toChangeLines(
  { person, outcome, license, siteUrl, undone, by, ...rest }: Change,
  dryRun: boolean,
): readonly string[] {
  const who = person.email ?? person.personId ?? '?';
  const { requestId, detail, command } = rest;
  if (outcome === 'cancelled')
    return [`  ${who}  ${requestId} ${dryRun ? 'is open: would be' : 'was open:'} cancelled`];
  if (outcome === 'open') return [`  ${who}  ${requestId} is open: ${detail}`, `    ${command}`];
  const what = license?.name ?? siteUrl ?? '?';
  if (outcome === 'put-back') {
    const sign = undone === 'remove' ? '+' : '−';
    return [`  ${who}  ${sign} ${what}  (${by ? `${by} undoes ${requestId}` : `undoes ${requestId}`})`];
  }
  const did = undone === 'remove' ? 'removed' : 'added';
  return [
    `  ${who}  ${what}, ${did} by ${requestId}, ${dryRun ? 'would be' : 'is'} left: ${detail}${by ? ` (${by})` : ''}`,
    ...(command === undefined ? [] : [`    ${command}`]),
  ];
}

import * as z from 'zod';
import { type FieldProblem, type Parsed, refuse } from '../platform/json.ts';
import { parseWith } from '../platform/parse-with.ts';
import { checkRequest, type SubmitRules } from './check-request.ts';
import { type LicenseRequest, licenseRequestSchema } from './license-request.ts';

export const MAX_BATCH = 500;

/** What one HTTP request asks for: one license request, or a batch of them. */
export interface Submission {
  readonly isBatch: boolean;
  readonly requests: readonly LicenseRequest[];
}

const batchSchema = z.strictObject({
  requests: z
    .array(z.unknown(), { error: 'must be an array of license requests' })
    .min(1, 'must hold at least one license request')
    .max(MAX_BATCH, `must hold at most ${MAX_BATCH} license requests`),
});

/** Parses a body; a batch is taken whole or not at all, and each problem points to its place in the body. */
export async function parseSubmission(body: unknown, rules: SubmitRules): Promise<Parsed<Submission>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return refuse('', 'must be a license request, or {"requests": [...]}');
  }
  const { requests: several, ...single } = body as { readonly requests?: unknown };
  const isBatch = several !== undefined && several !== null;
  const batch = isBatch ? parseWith(batchSchema, body) : { ok: true as const, value: { requests: [single] } };
  if (!batch.ok) return batch;

  const problems: FieldProblem[] = [];
  const requests: LicenseRequest[] = [];
  for (const [index, item] of batch.value.requests.entries()) {
    const parsed = parseWith(licenseRequestSchema, item, isBatch ? ['requests', index] : []);
    if (!parsed.ok) {
      problems.push(...parsed.problems);
      continue;
    }
    const checked = await checkRequest(parsed.value, rules);
    requests.push(checked.ok ? checked.value : parsed.value);
    for (const { pointer, detail } of checked.ok ? [] : checked.problems)
      problems.push({ pointer: `${toPlace(isBatch, index)}${pointer}`, detail });
  }
  problems.push(...findRepeatedIds(requests));
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: { isBatch, requests } };
}

export const toPlace = (isBatch: boolean, index: number): string => (isBatch ? `/requests/${index}` : '');

function findRepeatedIds(requests: readonly LicenseRequest[]): readonly FieldProblem[] {
  const first = new Map<string, number>();
  return requests.flatMap(({ requestId }, index) => {
    if (requestId === undefined) return [];
    const earlier = first.get(requestId);
    if (earlier === undefined) first.set(requestId, index);
    return earlier === undefined
      ? []
      : [{ pointer: `/requests/${index}/requestId`, detail: `is the same as that of /requests/${earlier}` }];
  });
}

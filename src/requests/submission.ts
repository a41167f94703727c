import * as z from 'zod';
import { type FieldProblem, type Parsed, refuse } from '../platform/json.ts';
import { parseWith } from '../platform/parse-with.ts';
import { sha256 } from '../platform/sha256.ts';
import type { PlacedRequest } from './check-names.ts';
import { checkRequest, type SubmitRules } from './check-request.ts';
import { type LicenseRequest, licenseRequestSchema } from './license-request.ts';

export const MAX_BATCH = 500;

/** The license requests of one HTTP request: one, or a batch. */
export interface Submission {
  readonly isBatch: boolean;
  readonly requests: readonly LicenseRequest[];
  /** Names that are perhaps unknown. */
  readonly warnings: readonly FieldProblem[];
}

type FindNames = (requests: readonly PlacedRequest[]) => Promise<{
  readonly unknown: readonly FieldProblem[];
  readonly warnings: readonly FieldProblem[];
}>;
const NO_NAMES: FindNames = async () => ({ unknown: [], warnings: [] });

const batchSchema = z.strictObject({
  requests: z
    .array(z.unknown(), { error: 'must be an array of license requests' })
    .min(1, 'must hold at least one license request')
    .max(MAX_BATCH, `must hold at most ${MAX_BATCH} license requests`),
});

/**
 * Parses a body. A batch is accepted whole or not at all; each problem has a pointer into the body.
 * @param findNames finds unknown names in the requests that are valid
 */
export async function parseSubmission(
  body: unknown,
  rules: SubmitRules,
  findNames = NO_NAMES,
): Promise<Parsed<Submission>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return refuse('', 'must be a license request, or {"requests": [...]}');
  }
  const { requests: listed, ...single } = body as { readonly requests?: unknown };
  const isBatch = listed !== undefined && listed !== null;
  const batch = isBatch ? parseWith(batchSchema, body) : { ok: true as const, value: { requests: [single] } };
  if (!batch.ok) return batch;

  const problems: FieldProblem[] = [];
  const requests: LicenseRequest[] = [];
  const valid: PlacedRequest[] = [];
  for (const [index, item] of batch.value.requests.entries()) {
    const parsed = parseWith(licenseRequestSchema, item, isBatch ? ['requests', index] : []);
    if (!parsed.ok) {
      problems.push(...parsed.problems);
      continue;
    }
    const checked = await checkRequest(parsed.value, rules);
    requests.push(checked.ok ? checked.value : parsed.value);
    if (checked.ok) valid.push({ place: toPlace(isBatch, index), request: checked.value });
    for (const { pointer, detail } of checked.ok ? [] : checked.problems)
      problems.push({ pointer: `${toPlace(isBatch, index)}${pointer}`, detail });
  }
  problems.push(...findRepeatedIds(requests));
  const { unknown, warnings } = await findNames(valid);
  problems.push(...unknown.map(({ pointer, detail }) => ({ pointer, detail })));
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: { isBatch, requests, warnings } };
}

/** Equal for equal bodies. `traceparent` is no part of it: it differs each time a client sends a body. */
export const toBodyFingerprint = ({
  isBatch,
  requests,
}: Pick<Submission, 'isBatch' | 'requests'>): string => {
  const asked = requests.map(({ traceparent: _trace, ...request }) => request);
  return sha256(JSON.stringify({ isBatch, requests: asked }));
};

/** The fingerprint that version 0.1.0 stored. */
export const toFormerBodyFingerprint = ({
  isBatch,
  requests,
}: Pick<Submission, 'isBatch' | 'requests'>): string => sha256(JSON.stringify({ isBatch, requests }));

/** The JSON pointer of a request in a body. */
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

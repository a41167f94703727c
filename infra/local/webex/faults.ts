import * as z from 'zod';
import type { Answer } from './answer.ts';
import { ODD_SCHEMAS, type Odd, toOdd } from './odd-answers.ts';

const appliedSchema = z.boolean().default(false);

/** What a fault does in place of, or after, the ordinary answer. `applied`: the change is made all the same. */
const effectSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('status'),
    status: z.number().int().min(200).max(599),
    /** Sent as it is, well-formed or not. */
    retryAfter: z.string().optional(),
    /** Text is sent as it is. */
    body: z.unknown().optional(),
    contentType: z.string().optional(),
    applied: appliedSchema,
  }),
  z.strictObject({
    kind: z.literal('html'),
    status: z.number().int().min(200).max(599),
    applied: appliedSchema,
  }),
  z.strictObject({ kind: z.literal('malformed-json'), applied: appliedSchema }),
  z.strictObject({ kind: z.literal('reset'), applied: appliedSchema }),
  z.strictObject({ kind: z.literal('hang'), applied: appliedSchema }),
  z.strictObject({ kind: z.literal('slow'), delayMs: z.number().int().min(0).max(600_000) }),
  /** A 200 that shows no change, and none was made. */
  z.strictObject({ kind: z.literal('not-applied') }),
  /** These licenses fail: 206 beside others, 400 with the code when alone. */
  z.strictObject({
    kind: z.literal('partial'),
    failLicenseIds: z.array(z.string()).min(1),
    errorCode: z.number().int().optional(),
  }),
  ...ODD_SCHEMAS,
]);

export const faultSchema = z.strictObject({
  method: z.string().toUpperCase().optional(),
  /** What the path begins with, below `/v1`. */
  path: z.string().optional(),
  /** The person that the request is about. */
  email: z.string().toLowerCase().optional(),
  /** Among those in the body. */
  licenseId: z.string().optional(),
  /** Matching requests that pass before it begins. */
  skip: z.number().int().min(0).default(0),
  /** Requests that it then affects. */
  times: z.number().int().min(1).max(1_000_000).default(1),
  effect: effectSchema,
});

export type Fault = z.input<typeof faultSchema>;
export type Effect = Exclude<z.output<typeof effectSchema>, Odd>;
export type PartialEffect = Extract<Effect, { kind: 'partial' }>;

export interface FaultTarget {
  readonly method: string;
  readonly path: string;
  readonly email: string | undefined;
  readonly licenseIds: readonly string[];
}

/** The faults that are scripted, in order: the first that fits a request, and skips it no more, takes it. */
export interface Faults {
  script(fault: Fault): void;
  clear(): void;
  next(target: FaultTarget): Effect | undefined;
  /** An answer as all that fit make it odd, beside another effect. Each counts the answers that can be so odd. */
  toOdd(target: FaultTarget, answer: Answer, url: URL): Answer;
}

type Scripted = z.output<typeof faultSchema>;

const ODD_KINDS: ReadonlySet<string> = new Set(ODD_SCHEMAS.map(({ shape }) => shape.kind.value));
const isOdd = (effect: Scripted['effect']): effect is Odd => ODD_KINDS.has(effect.kind);
const isNoOdd = (effect: Scripted['effect']): effect is Effect => !isOdd(effect);

export function createFaults(): Faults {
  let scripted: Scripted[] = [];
  /** False as long as it skips. */
  const use = (fault: Scripted): boolean => {
    if (fault.skip > 0) {
      fault.skip -= 1;
      return false;
    }
    fault.times -= 1;
    if (fault.times === 0) scripted = scripted.filter((other) => other !== fault);
    return true;
  };
  return {
    script: (fault) => {
      scripted.push(faultSchema.parse(fault));
    },
    clear: () => {
      scripted = [];
    },
    next(target) {
      for (const fault of scripted.filter((other) => isFor(other, target))) {
        if (isNoOdd(fault.effect) && use(fault)) return fault.effect;
      }
      return undefined;
    },
    toOdd(target, answer, url) {
      let odd = answer;
      for (const fault of scripted.filter((other) => isFor(other, target))) {
        const changed = isOdd(fault.effect) ? toOdd(odd, fault.effect, url) : undefined;
        if (changed && use(fault)) odd = changed;
      }
      return odd;
    },
  };
}

function isFor(fault: Scripted, target: FaultTarget): boolean {
  const { method = target.method, path = '', email = target.email, licenseId, effect } = fault;
  // These say what becomes of a change: another request has none.
  const isOfChanges = effect.kind === 'partial' || effect.kind === 'not-applied';
  return (
    method === target.method &&
    target.path.startsWith(path) &&
    email === target.email &&
    (licenseId === undefined || target.licenseIds.includes(licenseId)) &&
    (!isOfChanges || target.method === 'PATCH')
  );
}

import * as z from 'zod';
import { callerSchema } from '../../http/caller.ts';
import { type Immutable, stored } from '../../platform/stored.ts';

const date = z.coerce.date();

/** Which requests are undone: those of a source, of a policy version or of a batch, or one request. */
const scopeSchema = stored({
  source: z.string().exactOptional(),
  policyVersion: z.string().exactOptional(),
  batch: z.string().exactOptional(),
  requestId: z.string().exactOptional(),
});
export type UndoScope = Immutable<z.output<typeof scopeSchema>>;

/** What an undo was asked for. Its id is the batch name of its requests, too. */
export const undoInputSchema = stored({
  scope: scopeSchema,
  /** Requests that ended at this time or later, and open ones that were accepted at this time or later. */
  since: date.exactOptional(),
  /** Requests that were accepted later are not undone. */
  before: date,
  dryRun: z.boolean(),
  allowCallingRemoval: z.boolean(),
  /** Takes for granted that people had what was removed from them, where nothing tells. */
  assumeHeld: z.boolean(),
  reason: z.string().exactOptional(),
  /** Until when its requests stand against the policy. */
  until: z.string().exactOptional(),
  by: callerSchema,
});
export type UndoInput = Immutable<z.output<typeof undoInputSchema>>;

/** Why a change is left as it is. */
export const LEFT_REASONS = {
  'newer-request': 'a newer request decides about it',
  'newer-undo': 'it is undone already, or a newer undo decides about it',
  'undo-failed': 'the request that puts it back has failed: redrive that one',
  unchanged: 'the person had it so before',
  'before-unknown': 'nothing tells whether the person had it before',
  'change-unknown': 'Webex did not say whether it was changed',
  'calling-number': 'a Calling license comes with a number, and the number is lost',
  'calling-removal': 'taking a Calling license destroys its number: allow it with --allow-calling-removal',
  'license-gone': 'the catalogue no longer has the license, and not exactly one that took its place',
  'too-many-requests': 'the person has more requests than are searched for a newer one',
} as const;
export type LeftReason = keyof typeof LEFT_REASONS;

/** Why an open request of the scope is not cancelled. */
export const OPEN_REASONS = {
  'by-policy': 'the policy would ask for it again',
  'being-performed': 'it is being performed: undo again when it has ended',
} as const;
export type OpenReason = keyof typeof OPEN_REASONS;

const countSchema = z.number();

/** How far an undo is, and what it has done so far. */
export const undoProgressSchema = stored({
  /** Requests may end while the first pass reads: the second one finds these. */
  pass: z.union([z.literal(1), z.literal(2)]),
  /** Where the next page of requests begins. */
  next: z.string().exactOptional(),
  /** The page that is worked on: done again after a kill, it has the same requests. */
  page: stored({ requestIds: z.array(z.string()), next: z.string().exactOptional() }).exactOptional(),
  isWhole: z.boolean().exactOptional(),
  /** Pages of changes. */
  parts: countSchema,
  /** Requests of the scope that were looked at. */
  requests: countSchema,
  /** Changes that are put back, the requests that do it, and those of them that remove something. */
  putBack: countSchema,
  submitted: countSchema,
  removals: countSchema,
  callingRemovals: countSchema,
  left: countSchema,
  cancelled: countSchema,
  open: countSchema,
  licenses: z.array(
    stored({ key: z.string(), name: z.string(), add: countSchema, remove: countSchema, left: countSchema }),
  ),
  reasons: z.array(stored({ reason: z.string(), changes: countSchema })),
  isCut: z.boolean().exactOptional(),
});
export type UndoProgress = Immutable<z.output<typeof undoProgressSchema>>;

/** What came of an undo; of a dry run, what would. */
export const undoResultSchema = stored({
  ...undoProgressSchema.pick({
    ...{ requests: true, putBack: true, submitted: true, left: true, cancelled: true, open: true },
    ...{ licenses: true, reasons: true, isCut: true },
  }).shape,
  /** Of a dry run: from how many people something would be removed, and how many of them would wait for approval. */
  forecast: stored({
    people: countSchema,
    canGoNow: countSchema,
    needApproval: countSchema,
    cause: z.string(),
  }).exactOptional(),
  /** Requests that ended before this are no longer kept, and were not looked at. */
  keptSince: date.exactOptional(),
});
export type UndoResult = Immutable<z.output<typeof undoResultSchema>>;

/** What becomes of one change of an undone request, or of a request that is open: a line of the result. */
export interface UndoLine {
  /** The undone request. */
  readonly requestId: string;
  readonly person: { readonly email?: string; readonly personId?: string };
  readonly outcome: 'put-back' | 'left' | 'cancelled' | 'open';
  readonly license?: { readonly id: string; readonly name: string };
  readonly siteUrl?: string;
  /** What the undone request did, or asked for. */
  readonly undone?: 'add' | 'remove';
  readonly reason?: LeftReason | OpenReason;
  readonly detail?: string;
  /** The request that puts it back, or the newer one that decides. */
  readonly by?: string;
  /** What stops an open request, or tries a failed undo again. */
  readonly command?: string;
}

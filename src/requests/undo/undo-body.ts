import * as z from 'zod';
import { refuseControls } from '../../platform/check-text.ts';
import { batchSchema, requestIdSchema, sourceSchema } from '../license-request.ts';

const ONE_SCOPE = 'must name one of source, policyVersion, batch and requestId';

/** The body of `POST /undo`. Unknown members are refused. */
export const undoBodySchema = z
  .strictObject({
    source: sourceSchema.optional(),
    policyVersion: z
      .string()
      .regex(/^[\w.-]{1,64}$/, 'must be the version of a policy, such as 3f9c1a52b7de')
      .optional(),
    batch: batchSchema.optional(),
    requestId: requestIdSchema.optional(),
    since: z.iso
      .datetime({ offset: true, error: 'must be a time with offset, such as 2026-12-01T18:00:00Z' })
      .optional(),
    until: z.iso
      .datetime({ offset: true, error: 'must be a time with offset, such as 2026-12-31T18:00:00Z' })
      .optional(),
    dryRun: z.boolean().default(false),
    allowCallingRemoval: z.boolean().default(false),
    assumeHeld: z.boolean().default(false),
    reason: z.string().trim().min(1).max(100, 'must have at most 100 characters').optional(),
  })
  .superRefine(refuseControls())
  .superRefine(({ source, policyVersion, batch, requestId }, context) => {
    const named = [source, policyVersion, batch, requestId].filter((one) => one !== undefined);
    if (named.length !== 1) context.addIssue({ code: 'custom', path: [], message: ONE_SCOPE });
  });

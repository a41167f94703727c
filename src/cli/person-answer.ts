import * as z from 'zod';

const reading = z.object({ for: z.string(), until: z.string(), cause: z.string().optional() });

/** The members of the answer about a person that the command shows; the API sends more. */
export const personAnswerSchema = z.object({
  personId: z.string().optional(),
  emails: z.array(z.string()).default([]),
  displayName: z.string().optional(),
  readAt: z.string().optional(),
  /** What HR and the policy say; absent if HR never named the person. */
  state: z.string().optional(),
  employees: z
    .array(
      z.object({
        source: z.string(),
        employeeId: z.string(),
        state: z.string(),
        employments: z.array(
          z.object({ from: z.string().optional(), until: z.string().optional(), timeZone: z.string() }),
        ),
        attributes: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
        isDeletedInHr: z.boolean(),
        facts: z.array(
          z.object({
            eventId: z.string(),
            eventKey: z.string(),
            kind: z.string(),
            saidAt: z.string(),
            effective: z.string().optional(),
            outcome: z.string(),
          }),
        ),
      }),
    )
    .default([]),
  decisions: z
    .array(
      z.object({
        id: z.string(),
        name: z.string(),
        action: z.string(),
        why: z.string(),
        isDesired: z.boolean(),
        granted: z.string().optional(),
        isHeld: z.boolean().optional(),
      }),
    )
    .default([]),
  overrides: z
    .array(
      z.object({
        requestId: z.string(),
        operation: z.string(),
        name: z.string(),
        at: z.string(),
        until: z.string().optional(),
      }),
    )
    .default([]),
  problems: z.array(z.string()).default([]),
  nextChangeAt: z.string().optional(),
  requests: z
    .array(
      z.object({
        requestId: z.string(),
        state: z.string(),
        channel: z.string().optional(),
        effectiveAt: z.string().optional(),
        changes: z.array(z.object({ operation: z.string(), name: z.string() })),
        waiting: reading.optional(),
        seats: z.array(z.object({ name: z.string(), place: z.number().optional() })).optional(),
      }),
    )
    .default([]),
  next: z.array(z.string()).default([]),
});
export type ShownPerson = z.output<typeof personAnswerSchema>;

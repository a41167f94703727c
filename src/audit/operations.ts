import * as z from 'zod';
import { answer, json, type Operations, schemaOf } from '../http/openapi/operation.ts';
import type { AuditFinding } from './verify-day.ts';

const finding = answer(
  'AuditFinding',
  schemaOf<AuditFinding>()(
    z
      .object({
        day: z.string(),
        ok: z.boolean().describe('No file of the day was changed, cut, swapped or lost.'),
        files: z.array(
          z.object({
            file: z.string(),
            lines: z.number().int(),
            wrong: z
              .object({
                line: z.number().int().describe('The first line with the fault, counted from 1.'),
                what: z.enum(['changed', 'cut', 'swapped', 'inserted', 'missing', 'unreadable']),
                detail: z.string(),
              })
              .optional(),
            removed: z
              .object({ keptDays: z.number().int(), lines: z.number().int(), detail: z.string() })
              .optional()
              .describe('The file was removed after its retention, and was intact then.'),
          }),
        ),
      })
      .describe('The audit files of a day, each verified.'),
  ),
);

/** The audit trail over HTTP. */
export const auditOperations = {
  'verify-audit': {
    tag: 'audit',
    summary: 'Verify the audit trail of a day',
    path: { day: { description: 'A day in UTC.', example: '2026-12-01', schema: z.iso.date() } },
    answers: {
      200: {
        description: 'What was found, without the content of the files.',
        content: json(finding, {
          ...{ day: '2026-12-01', ok: true },
          files: [{ file: '2026/12/01/a.ndjson', lines: 120 }],
        }),
      },
    },
    problems: ['invalid-request'],
  },
} as const satisfies Operations;

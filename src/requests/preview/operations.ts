import * as z from 'zod';
import { answer, json, type Operations, schemaOf } from '../../http/openapi/operation.ts';
import type { Location } from '../../webex/locations.ts';
import { acceptedBatchSchema } from '../answers.ts';
import { OPERATIONS } from '../license-request.ts';
import { REQUEST, submission } from '../operations.ts';
import type { SeatCount } from './count-seats.ts';
import { OUTCOMES, type PreviewItem } from './preview-items.ts';
import type { PreviewSite } from './preview-sites.ts';

const count = z.number().int();
const named = z.union([
  z.string(),
  z.object({ name: z.string(), subscriptionId: z.string().optional(), siteUrl: z.string().optional() }),
]);

const item = answer(
  'PreviewItem',
  schemaOf<PreviewItem>()(
    z
      .object({
        license: named.describe('As it was asked for.'),
        operation: z.enum(OPERATIONS),
        outcome: z.enum(OUTCOMES),
        licenseId: z.string().optional().describe('The license that is meant.'),
        name: z.string().optional(),
        subscriptionId: z.string().optional(),
        siteUrl: z.string().optional(),
        held: z
          .boolean()
          .optional()
          .describe('Whether the person held it when the people were read; absent where that is not known.'),
        condition: z.string().optional().describe('Why it would wait or fail.'),
        detail: z.string().optional(),
        nearest: z.array(z.string()).readonly().optional().describe('Names that may be meant.'),
      })
      .describe('What would happen to one license.'),
  ),
);
const site = answer(
  'PreviewSite',
  schemaOf<PreviewSite>()(
    z
      .object({
        siteUrl: z.string(),
        operation: z.enum(OPERATIONS),
        outcome: z.enum(OUTCOMES),
        held: z
          .boolean()
          .optional()
          .describe(
            'Whether the person had the access when the people were read; absent where that is not known.',
          ),
      })
      .describe('What would happen to one site.'),
  ),
);
const seats = answer(
  'PreviewSeats',
  schemaOf<SeatCount>()(
    z
      .object({
        licenseId: z.string(),
        name: z.string(),
        subscriptionId: z.string().optional(),
        siteUrl: z.string().optional(),
        freeUnits: count.optional().describe('Absent where the seats of the license cannot run out.'),
        assign: count,
        remove: count,
        wait: count.describe('Beyond the last seat.'),
      })
      .describe('The seats of a license that the requests take and free.'),
  ),
);
const preview = answer(
  'Preview',
  z.object({
    requests: z.array(
      z.object({
        requestId: z.string().optional(),
        person: z.object({ email: z.string().optional(), personId: z.string().optional() }),
        isKnown: z
          .boolean()
          .optional()
          .describe('Whether the people snapshot has the person; absent where there is none.'),
        items: z.array(item),
        siteUrls: z.array(site).optional(),
      }),
    ),
    seats: z.array(seats),
    removals: acceptedBatchSchema.shape.removals,
    readAt: z.iso.datetime().optional().describe('When the people were read.'),
  }),
);
const locations = answer(
  'LocationList',
  z.object({ items: z.array(schemaOf<Location>()(z.object({ id: z.string(), name: z.string() }))) }),
);

const LICENSE_ID = 'Y2lzY29zcGFyazovL3VzL0xJQ0VOU0UvYWRh';

/** What license requests would do. */
export const previewOperations = {
  'preview-license-requests': {
    tag: 'requests',
    summary: 'Ask what license requests would do',
    description:
      'It takes the body of a submission, and submits nothing. The answer is a forecast: by the catalogue, the rules of Webex, the free seats, the limits on removals, and what people held when they were read last.',
    body: { content: json(submission, REQUEST, { requests: [REQUEST] }) },
    answers: {
      200: {
        description: 'What would happen to each license.',
        content: json(preview, {
          requests: [
            {
              ...{ requestId: 'hr-4711', person: { email: 'ada@example.com' }, isKnown: true },
              items: [
                {
                  ...{ license: 'Advanced Messaging', operation: 'add', outcome: 'assign', held: false },
                  ...{ licenseId: LICENSE_ID, name: 'Advanced Messaging' },
                },
              ],
            },
          ],
          seats: [
            {
              ...{ licenseId: LICENSE_ID, name: 'Advanced Messaging', subscriptionId: 'Sub100448' },
              ...{ freeUnits: 116, assign: 1, remove: 0, wait: 0 },
            },
          ],
          readAt: '2026-12-01T05:00:00.000Z',
        }),
      },
    },
    problems: ['organization-unknown', 'webex-unavailable'],
  },
  'list-locations': {
    tag: 'inventory',
    summary: 'List the locations of the organization',
    description: 'A request names a location by its id.',
    answers: {
      200: {
        description: 'The locations, by name.',
        content: json(locations, {
          items: [{ id: 'Y2lzY29zcGFyazovL3VzL0xPQ0FUSU9OL2Jlcmxpbg', name: 'Berlin' }],
        }),
      },
    },
    problems: ['webex-unavailable'],
  },
} as const satisfies Operations;

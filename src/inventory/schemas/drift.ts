import * as z from 'zod';
import { DRIFT_KINDS, type DriftResult, REPAIR_MODES } from '../../hr/drift/drift.ts';
import { ofRun } from './files.ts';

const count = z.number().int();
const ofKind = z.object({
  people: count,
  licenses: count,
  change: count.exactOptional().describe('Of the licenses, since the previous run whose drift is computed.'),
});

/** `drift.json`: where what people hold differs from what they should hold, in numbers. */
export const driftFileSchema = z
  .object({
    ...ofRun,
    state: z.enum(['computed', 'not-computed']),
    reason: z
      .object({ condition: z.string(), detail: z.string() })
      .exactOptional()
      .describe('Why it is not computed; then nothing below is there.'),
    policyVersion: z.string().exactOptional(),
    previousRun: z.object({ runId: z.string(), readStartedAt: z.iso.datetime() }).exactOptional(),
    people: z
      .object({
        compared: count.describe('Known to HR and at Webex.'),
        unknownToHr: count,
        notFound: count.describe('Known to HR, and not in the people snapshot.'),
        notTold: count.describe('Left out: Webex did not tell what they hold.'),
        changing: count.describe('Left out: something has changed since the people were read.'),
        needIdentity: count.describe('Left out: HR gave them the address of another person.'),
        unreadable: count.describe(
          'Rows that this version cannot read: then nobody is called unknown to HR.',
        ),
      })
      .exactOptional(),
    kinds: z
      .object({
        ...{ missing: ofKind, extra: ofKind, 'leaver-licensed': ofKind },
        ...{ 'unknown-to-hr': ofKind, 'deleted-in-hr': ofKind },
      })
      .exactOptional(),
    licenses: z
      .array(
        z.object({
          ...{ licenseId: z.string(), name: z.string() },
          ...{ missing: count, extra: count, 'leaver-licensed': count },
          ...{ 'unknown-to-hr': count, 'deleted-in-hr': count },
          byHand: count.describe('Held, not managed, and not given by Seatline.'),
        }),
      )
      .exactOptional()
      .describe('Those of which there is anything: how many people.'),
    repair: z
      .object({
        mode: z.enum(REPAIR_MODES),
        asked: count.describe('Differences for which a request is made.'),
        left: count.describe('Differences that are there again after a repair.'),
        heldBack: z.string().exactOptional().describe('Why nothing is asked.'),
      })
      .exactOptional(),
  })
  .meta({
    title: 'drift.json',
    description: 'Where what people hold differs from what they should hold, by license and kind.',
  });
/** One difference, as `GET /api/drift/people` shows it. */
export const driftLineShownSchema = z.object({
  kind: z.enum(DRIFT_KINDS),
  licenseId: z.string(),
  license: z.string(),
  person: z.object({
    personId: z.string().exactOptional(),
    email: z.string().exactOptional(),
    displayName: z.string().exactOptional(),
  }),
  why: z.string(),
  repair: z
    .enum(['asked', 'under-way', 'left'])
    .exactOptional()
    .describe('`left`: it is there again after a repair, or the repair failed.'),
});

export type DriftFile = z.output<typeof driftFileSchema>;

type OfRun = Pick<DriftFile, keyof typeof ofRun>;

/** The file of a run. @param previous that of the latest run before it */
export function toDriftFile(run: OfRun, result: DriftResult, previous: DriftFile | undefined): DriftFile {
  if (result.state !== 'computed') return { ...run, state: result.state, reason: { ...result.reason } };
  const { state, policyVersion, people, kinds, licenses, repair } = result;
  const before = previous?.kinds;
  const toKind = (kind: (typeof DRIFT_KINDS)[number]) => {
    const counted = kinds[kind];
    return { ...counted, ...(before && { change: counted.licenses - before[kind].licenses }) };
  };
  return {
    ...{ ...run, state, policyVersion, people: { ...people }, repair: { ...repair } },
    ...(before &&
      previous && { previousRun: { runId: previous.runId, readStartedAt: previous.readStartedAt } }),
    kinds: {
      ...{ missing: toKind('missing'), extra: toKind('extra') },
      'leaver-licensed': toKind('leaver-licensed'),
      ...{ 'unknown-to-hr': toKind('unknown-to-hr'), 'deleted-in-hr': toKind('deleted-in-hr') },
    },
    licenses: licenses.map((license) => ({ ...license })),
  };
}

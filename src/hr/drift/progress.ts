import * as z from 'zod';
import { partSchema } from '../../people/sorted-parts.ts';
import { stored } from '../../platform/stored.ts';
import type { DriftCounts } from './drift.ts';

const count = z.number().int();

/** Lines of `drift.ndjson.gz` of one step of the comparison: a gzip member. */
const blockSchema = stored({ session: count, offset: count, bytes: count, rows: count, asked: count });
export type DriftBlock = z.output<typeof blockSchema>;

/** How far the comparison of a run is. Each step is done again after a kill, and ends the same. */
export const driftProgressSchema = stored({
  policyVersion: z.string(),
  /** Where the next page of people of HR begins. */
  next: z.string().exactOptional(),
  isListed: z.boolean(),
  /** Expectations: of people whose id at Webex is known, by its slice; else by the slice of each of their addresses. */
  listed: z.array(partSchema),
  /** Of people of whom HR knows addresses alone: whether there are any, and those whose id an address led to. */
  hasNamed: z.boolean(),
  found: z.array(partSchema),
  /** Buckets of addresses that are looked through, and buckets of people that are compared. */
  lookedThrough: count,
  compared: count,
  blocks: z.array(blockSchema),
  counts: z.custom<DriftCounts>().optional(),
  isCommitted: z.boolean().exactOptional(),
});
export type DriftProgress = z.output<typeof driftProgressSchema>;

export const newDriftProgress = (policyVersion: string): DriftProgress => ({
  ...{ policyVersion, isListed: false, listed: [], hasNamed: false, found: [] },
  ...{ lookedThrough: 0, compared: 0, blocks: [] },
});

/** Where the parts and the lines of a run are, below the folder of its people snapshot. */
export const toPartPath = (folder: string, name: string): string => `${folder}/drift-parts/${name}.ndjson`;
export const toDriftPath = (folder: string): string => `${folder}/drift.ndjson.gz`;
export const toIndexPath = (folder: string): string => `${folder}/drift-index.json`;

/** Beside the lines: where those of each step are. */
export const driftIndexSchema = stored({ runId: z.string(), blocks: z.array(blockSchema) });

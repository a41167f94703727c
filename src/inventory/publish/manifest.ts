import * as z from 'zod';
import type { manifestFileSchema, manifestSchema, SCOPE } from '../schemas/files.ts';
import { type Run, type SnapshotFile, toHead, toJsonFile } from './documents.ts';
import { MANIFEST } from './paths.ts';

export type FileEntry = z.output<typeof manifestFileSchema>;

export interface ManifestFacts {
  readonly status: 'complete' | 'partial';
  readonly warnings: readonly string[];
  readonly files: readonly FileEntry[];
  readonly previousRun: string | undefined;
  readonly scope?: typeof SCOPE;
}

/** `manifest.json`: written last, so that a reader who finds it finds all files that it names, whole. */
export function toManifestFile(
  run: Run,
  { status, warnings, files, previousRun, scope }: ManifestFacts,
): SnapshotFile {
  const manifest: z.input<typeof manifestSchema> = {
    ...toHead(run),
    ...(scope && { scope }),
    ...(previousRun !== undefined && { previousRun }),
    status,
    warnings: [...warnings],
    files: [...files],
  };
  return toJsonFile(MANIFEST, manifest, files.length);
}

/** Of which run a manifest is; undefined where there is none yet. @throws where it is no manifest of ours */
export function toRunId(manifest: string | undefined): string | undefined {
  return manifest === undefined
    ? undefined
    : z.object({ runId: z.string() }).parse(JSON.parse(manifest)).runId;
}

import type * as z from 'zod';
import { type manifestFileSchema, type manifestSchema, SCOPE } from '../schemas/files.ts';
import { type Run, type SnapshotFile, toHead, toJsonFile } from './documents.ts';
import { MANIFEST } from './paths.ts';

export type FileEntry = z.output<typeof manifestFileSchema>;

export interface ManifestFacts {
  readonly status: 'complete' | 'partial';
  readonly warnings: readonly string[];
  readonly files: readonly FileEntry[];
  readonly previousRun: string | undefined;
}

/** `manifest.json`: written last, so that a reader who finds it finds all files that it names, whole. */
export function toManifestFile(
  run: Run,
  { status, warnings, files, previousRun }: ManifestFacts,
): SnapshotFile {
  const manifest: z.input<typeof manifestSchema> = {
    ...toHead(run),
    scope: SCOPE,
    ...(previousRun !== undefined && { previousRun }),
    status,
    warnings: [...warnings],
    files: [...files],
  };
  return toJsonFile(MANIFEST, manifest, files.length);
}

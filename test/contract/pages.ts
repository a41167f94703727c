import type { Purge } from '../../src/platform/purge.ts';

/** All pages, one after the other. */
export async function readPages<P extends { readonly next?: string | undefined }>(
  read: (next?: string) => Promise<P>,
): Promise<readonly P[]> {
  const pages: P[] = [];
  do pages.push(await read(pages.at(-1)?.next));
  while (pages.at(-1)?.next !== undefined);
  return pages;
}

/** @returns how many records were removed */
export async function purgeAll({ purge }: { readonly purge: Purge }, by: Date): Promise<number> {
  const pages = await readPages((next) => purge(by, 100, next));
  return pages.reduce((sum, { purged }) => sum + purged, 0);
}

/** Blocks of a file: of which session of the run, and how many. */
export type Blocks = readonly (readonly [session: number, count: number])[];

/**
 * The name of a block: of which license (by its place in the catalogue), of which session of the run, and which
 * one of those. All have the same length, as Azure wants it; a session that goes on where another one was killed
 * writes none of that one's blocks.
 */
export const toBlockName = (license: number, session: number, index: number): string =>
  [license, session, index].map((part) => String(part).padStart(6, '0')).join('-');

/** All blocks of the file, in the order of the catalogue, and of each license as they were read. */
export const toBlockNames = (listings: readonly { readonly blocks: Blocks }[]): readonly string[] =>
  listings.flatMap(({ blocks }, license) =>
    blocks.flatMap(([session, count]) =>
      Array.from({ length: count }, (_, index) => toBlockName(license, session, index)),
    ),
  );

export const countBlocks = (blocks: Blocks, session: number): number =>
  blocks.find(([of]) => of === session)?.[1] ?? 0;

/** With so many more of a session, which is the last one. */
export function addBlocks(blocks: Blocks, session: number, more: number): [number, number][] {
  const others = blocks.filter(([of]) => of !== session).map(([of, count]): [number, number] => [of, count]);
  const count = countBlocks(blocks, session) + more;
  return count === 0 ? others : [...others, [session, count]];
}

import pMap from 'p-map';
import type { ByteText } from '../platform/byte-text.ts';
import type { PeopleStore } from './ports.ts';
import type { Part } from './progress.ts';
import { type Kind, toGroup } from './slices.ts';

const READS_AT_ONCE = 8;

/** The slices from one on, up to another. */
interface Slices {
  readonly from: number;
  readonly to: number;
}

/**
 * Reads some slices of all parts, into memory that is used again.
 * @returns copies the lines of slices among them, in the order in which they were read
 */
export async function readSlices(
  store: Pick<PeopleStore, 'read'>,
  parts: readonly Part[],
  { from, to }: Slices,
  step: ByteText,
): Promise<(slices: Slices, kind: Kind, text: ByteText) => Buffer> {
  const [first, end] = [toGroup(from, 'people'), toGroup(to, 'people')];
  step.clear();
  const starts = await pMap(
    parts,
    async ({ path, offsets }) => {
      const [offset = 0, after = 0] = [offsets[first], offsets[end]];
      if (after === offset) return -offset;
      const bytes = await store.read(path, { offset, bytes: after - offset });
      if (bytes?.length !== after - offset) throw new Error(`${path} is not what was written`);
      const start = step.length - offset;
      step.add(bytes);
      return start;
    },
    { concurrency: READS_AT_ONCE },
  );
  return (slices, kind, text) => {
    text.clear();
    for (let slice = slices.from; slice < slices.to; slice += 1) {
      const group = toGroup(slice, kind);
      for (const [part, { offsets }] of parts.entries()) {
        const start = starts[part] ?? 0;
        text.addRange(step.view(), start + (offsets[group] ?? 0), start + (offsets[group + 1] ?? 0));
      }
    }
    return text.view();
  };
}

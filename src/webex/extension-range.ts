/** In place of an extension or a phone number: the next one that is free is chosen when the request is performed. */
export const NEXT_FREE = 'next-free';

/** More extensions than this are not looked through for one person. */
export const MAX_RANGE = 10_000;

/** Extensions of one length, both ends included. */
export interface ExtensionRange {
  /** As it is written: `4000-4999`. */
  readonly text: string;
  readonly first: number;
  readonly last: number;
  /** Digits of each extension: `0042` is another extension than `42`. */
  readonly digits: number;
}

const RANGE = /^(\d{1,10}) ?- ?(\d{1,10})$/;

/** Reads a range of extensions, such as `4000-4999`. @returns the range, or why the text is none */
export function readExtensionRange(text: string): ExtensionRange | { readonly problem: string } {
  const [, from = '', to = ''] = RANGE.exec(text.trim()) ?? [];
  if (from === '') return { problem: 'must be a range of extensions, such as 4000-4999' };
  if (from.length !== to.length)
    return { problem: `must have ends of the same length: ${from} and ${to} do not` };
  const [first, last] = [Number(from), Number(to)];
  if (first > last) return { problem: `must begin with the smaller extension: ${to}-${from}` };
  const size = last - first + 1;
  if (size > MAX_RANGE)
    return { problem: `must have at most ${MAX_RANGE} extensions: ${from}-${to} has ${size}` };
  return { text: `${from}-${to}`, first, last, digits: from.length };
}

export const isRange = (read: ReturnType<typeof readExtensionRange>): read is ExtensionRange =>
  !('problem' in read);

export const sizeOfRange = ({ first, last }: ExtensionRange): number => last - first + 1;

export const isInRange = ({ first, last, digits }: ExtensionRange, extension: string): boolean =>
  extension.length === digits &&
  /^\d+$/.test(extension) &&
  Number(extension) >= first &&
  Number(extension) <= last;

/** The extensions of a range, the smallest first. */
export function* extensionsOf({ first, last, digits }: ExtensionRange): Generator<string> {
  for (let number = first; number <= last; number += 1) yield `${number}`.padStart(digits, '0');
}

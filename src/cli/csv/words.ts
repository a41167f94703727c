import type { License } from '../../webex/license.ts';

/** Columns of a terminal. */
export const WIDTH = 80;

export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`;

/** Lines of at most `width` characters, broken between words. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

export const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, width - 1)}…`;

/** A license with what tells it from others of its name. */
export const toLicenseText = ({
  name,
  subscriptionId,
  siteUrl,
}: Pick<License, 'name' | 'subscriptionId' | 'siteUrl'>): string => {
  const places = [siteUrl, subscriptionId].filter(Boolean).join(', ');
  return places === '' ? name : `${name} (${places})`;
};

import type { Walk } from './walks.ts';

const ASIDE = [
  ['storage', /^src\/storage\//],
  ['the rate limiter', /^src\/webex\/(pace|rate-limit)[/.]/],
] as const;

/** The files of `src/` that count toward the length of a walk. */
export const toCounted = ({ files }: Walk): readonly string[] =>
  files.filter((file) => file.startsWith('src/') && !ASIDE.some(([, room]) => room.test(file)));

export function toWalkText(walk: Walk): string {
  const aside = ASIDE.map(
    ([name, room]) => `${walk.files.filter((file) => room.test(file)).length} of ${name}`,
  );
  const count = toCounted(walk).length;
  const lines = walk.files.map((file, index) => `${String(index + 1).padStart(4)}  ${file}`);
  return [`${walk.title} (${walk.name}): ${count} files, and ${aside.join(' and ')}`, ...lines].join('\n');
}

import { parseLicenseId } from '../license-id.ts';
import { CAPITAL_WORDS, KNOWN_WORDS, LOWER_CASE_WORDS } from './error-words.ts';

const MAX_LENGTH = 500;
const MASK = '<masked>';
const EMAIL_MASK = '<email>';

/** A piece of a text between spaces; a mask replaces a piece that may name a person. */
interface Piece {
  readonly before: string;
  readonly core: string;
  readonly after: string;
  readonly kind: 'known' | 'capital' | 'masked' | 'email';
}

/**
 * Masks an error text of Webex, which quotes names, addresses and telephone numbers. Known words, license ids and
 * meeting sites are kept, 500 characters at most. Webex does not document where its texts name people, and their names
 * are unknown here: so everything else is masked. It takes linear time.
 */
export function toSafeText(foreign: string): string {
  const pieces = foreign.slice(0, MAX_LENGTH).split(/\s+/).filter(Boolean).map(toPiece);
  const merged: Piece[] = [];
  for (const [index, piece] of pieces.entries()) {
    const kept = isKept(pieces, index) ? piece : toMasked(piece);
    const last = merged.at(-1);
    // Adjacent masks become one: the number of words in a name is personal, too.
    if (kept.kind === 'masked' && last?.kind === 'masked')
      merged.splice(-1, 1, { ...last, after: kept.after });
    else merged.push(kept);
  }
  return merged
    .map(({ before, core, after }) => `${before}${core}${after}`)
    .join(' ')
    .slice(0, MAX_LENGTH);
}

const BEFORE = new Set(`([{<"'\`*`);
const AFTER = new Set(`.,:;!?)]}>"'\`*`);

function toPiece(chunk: string): Piece {
  let from = 0;
  let to = chunk.length;
  while (from < to && BEFORE.has(chunk[from] ?? '')) from += 1;
  while (to > from && AFTER.has(chunk[to - 1] ?? '')) to -= 1;
  const core = chunk.slice(from, to);
  const around = { before: chunk.slice(0, from), after: chunk.slice(to) };
  if (core.includes('@')) return { ...around, core: EMAIL_MASK, kind: 'email' };
  const kind = toKind(core);
  return { ...around, core: kind === 'masked' ? MASK : core, kind };
}

const SITE = /^[a-z0-9-]{1,63}\.webex\.com$/i;
const PARTS = /[-_/.,:;=+()[\]'\u2019]/;
const STARTS_WITH_CAPITAL = /^[A-Z]/;

function toKind(core: string): Piece['kind'] {
  if (SITE.test(core) || parseLicenseId(core)) return 'known';
  const words = core.split(PARTS).filter(Boolean);
  if (!words.every((word) => KNOWN_WORDS.has(word.toLowerCase()))) return 'masked';
  const capitals = words.filter((word) => STARTS_WITH_CAPITAL.test(word)).map((word) => word.toLowerCase());
  if (capitals.every((word) => CAPITAL_WORDS.has(word))) return 'known';
  return capitals.some((word) => LOWER_CASE_WORDS.has(word)) ? 'masked' : 'capital';
}

/** A capital begins a sentence or a name: next to a mask, it is masked as a part of that name. */
function isKept(pieces: readonly Piece[], index: number): boolean {
  const [last, piece, next] = [pieces[index - 1], pieces[index], pieces[index + 1]];
  if (piece?.kind !== 'capital') return true;
  const isFirst = last === undefined || /[.:!?]/.test(last.after);
  return isFirst && (next === undefined || next.kind === 'known');
}

const toMasked = (piece: Piece): Piece => ({ ...piece, core: MASK, kind: 'masked' });

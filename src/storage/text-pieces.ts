/** A property holds 32,768 characters: longer text goes on in `name2`, `name3` … */
const MAX_PROPERTY_CHARACTERS = 32_000;

const pieceName = (name: string, index: number) => (index === 0 ? name : `${name}${index + 1}`);

export function toPieces(name: string, text: string): Record<string, string> {
  const pieces: Record<string, string> = {};
  for (let at = 0; at === 0 || at < text.length; at += MAX_PROPERTY_CHARACTERS) {
    pieces[pieceName(name, at / MAX_PROPERTY_CHARACTERS)] = text.slice(at, at + MAX_PROPERTY_CHARACTERS);
  }
  return pieces;
}

/** Undefined where there is no such text. */
export function fromPieces(name: string, row: Readonly<Record<string, unknown>>): string | undefined {
  let text: string | undefined;
  for (let index = 0; typeof row[pieceName(name, index)] === 'string'; index += 1) {
    text = `${text ?? ''}${row[pieceName(name, index)]}`;
  }
  return text;
}

/** The values of each field of a schedule, ascending: second, minute, hour, day, month, day of week. */
export type Fields = readonly (readonly number[])[];

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

interface Kind {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const KINDS: readonly Kind[] = [
  { name: 'second', min: 0, max: 59 },
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  { name: 'day of week', min: 0, max: 6, names: DAYS },
];

/**
 * Reads the six fields of an NCRONTAB expression. A field is a list of `*`, `n`, `n-m` or a name, each with an optional
 * `/step`; `n/step` goes to the end of the field. Names are matched by their beginning, ranges may be written
 * backwards, and a step may be larger than the field. Source: CrontabFieldImpl and CrontabField of NCrontab 3.
 * @throws naming the field
 */
export const parseFields = (texts: readonly string[]): Fields =>
  KINDS.map((kind, index) => {
    const values = new Set((texts[index] ?? '').split(',').flatMap((item) => parseItem(item, kind)));
    return [...values].sort((a, b) => a - b);
  });

function parseItem(item: string, kind: Kind): readonly number[] {
  const [, base = '', stepText] = /^([^/]+)(?:\/([+-]?\d+))?$/.exec(item) ?? [];
  if (base === '') throw new Error(`"${item}" is no value of the field ${kind.name}`);
  const { min, max } = kind;
  const [from, to] = toRange(base, stepText !== undefined, kind);
  for (const value of [from, to]) {
    if (value < min || value > max)
      throw new Error(`${value} of the field ${kind.name} is not ${min} to ${max}`);
  }
  const step = Math.max(1, Number(stepText ?? 1));
  const values: number[] = [];
  for (let value = from; value <= to; value += step) values.push(value);
  return values;
}

function toRange(text: string, isStepped: boolean, kind: Kind): readonly [number, number] {
  if (text === '*') return [kind.min, kind.max];
  const dash = text.indexOf('-');
  if (dash > 0) {
    const [a, b] = [parseValue(text.slice(0, dash), kind), parseValue(text.slice(dash + 1), kind)];
    return [Math.min(a, b), Math.max(a, b)];
  }
  const value = parseValue(text, kind);
  return [value, isStepped ? kind.max : value];
}

function parseValue(text: string, { name, min, names = [] }: Kind): number {
  if (/^\d+$/.test(text)) return Number(text);
  const isName = text !== '' && !/\d/.test(text);
  const index = isName ? names.findIndex((one) => one.toLowerCase().startsWith(text.toLowerCase())) : -1;
  if (index < 0) throw new Error(`"${text}" is no value of the field ${name}`);
  return index + min;
}

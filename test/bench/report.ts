import type { toMachine } from './machine.ts';
import { isMissed, type Result } from './measurement.ts';

/** What `npm run bench` prints: a line for each figure, and after them what each was made of. */
export function toReport(
  machine: ReturnType<typeof toMachine>,
  results: readonly Result[],
  failed: readonly string[],
): string {
  const { cpu, cores, memoryGiB, node } = machine;
  const withGoal = results.filter(({ goal }) => goal !== undefined);
  const missed = withGoal.filter(isMissed).length;
  const rows = [HEAD, ...results.map(toRow)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const [head = '', ...lines] = rows.map((row) =>
    row.map((cell, at) => pad(cell, widths[at] ?? 0, at)).join('  '),
  );
  return [
    `${cpu}, ${cores} cores, ${memoryGiB} GiB, Node ${node}`,
    '',
    head,
    '-'.repeat(head.length),
    ...lines,
    '',
    `${withGoal.length - missed} of ${withGoal.length} goals reached`,
    ...failed.map((names) => `NOT MEASURED: ${names}`),
    ...results.flatMap(toDetail),
    '',
  ].join('\n');
}

const HEAD = ['measured', 'ratio', 'goal', ''];

const toRow = (result: Result): readonly string[] => {
  const { name, ratio, better, goal } = result;
  if (goal === undefined) return [name, ratio.toFixed(3), 'none', ''];
  const limit = `${better === 'higher' ? 'at least' : 'at most'} ${goal}`;
  return [name, ratio.toFixed(3), limit, isMissed(result) ? 'MISSED' : 'ok'];
};

const pad = (cell: string, width: number, column: number) =>
  column === 1 ? cell.padStart(width) : cell.padEnd(width);

function toDetail({ name, detail }: Result): readonly string[] {
  const facts = Object.entries(detail).filter(([, value]) => value !== undefined);
  const width = Math.max(...facts.map(([key]) => key.length));
  const toText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  return ['', name, ...facts.map(([key, value]) => `  ${key.padEnd(width)}  ${toText(value)}`)];
}

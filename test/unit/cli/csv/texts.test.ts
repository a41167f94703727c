import { expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { countColumns } from '../../../../src/cli/csv/column-text.ts';
import { readColumns } from '../../../../src/cli/csv/columns.ts';
import { planRows } from '../../../../src/cli/csv/plan.ts';
import { toPreviewLines } from '../../../../src/cli/csv/preview-text.ts';
import { toResultFile } from '../../../../src/cli/csv/result.ts';
import { readRows } from '../../../../src/cli/csv/rows.ts';
import { readSource } from '../../../../src/cli/csv/source.ts';
import { type PlanOptions, toAskedRows } from '../../../../src/cli/csv/to-requests.ts';
import { requestSchema } from '../../../../src/cli/request-text.ts';
import { CATALOGUE } from './catalogue.ts';

interface Posted {
  readonly requests: readonly {
    readonly requestId: string;
    readonly licenses: readonly { operation: string }[];
  }[];
}

/** A file against an app that says of each license what a test says. */
async function plan(text: string, outcome: (operation: string) => object, options: PlanOptions = {}) {
  const { table } = readSource(Buffer.from(text));
  const columns = readColumns(table, CATALOGUE);
  const rows = readRows(table, columns, CATALOGUE);
  const { batch, asked } = toAskedRows({ rows, columns, locations: [], stem: 'joiners' }, options);
  const posted: number[] = [];
  const post = async (_path: string, _schema: unknown, { body }: { body?: unknown }) => {
    const { requests } = body as Posted;
    posted.push(requests.length);
    return {
      readAt: '2026-12-01T05:00:00.000Z',
      requests: requests.map(({ requestId, licenses }) => ({
        ...{ requestId, isKnown: true },
        items: licenses.map(({ operation }) => ({ nearest: [], ...outcome(operation) })),
      })),
    };
  };
  const planned = await planRows({ post } as never, { batch, asked, before: new Set() }, options);
  return { table, columns, plan: planned, posted };
}

const isNew = () => ({ outcome: 'assign', held: false });
const FILE =
  'email,add,note\nada@example.com,Advanced Messaging,=1+1\neve@example.com,Advanced Messaging,"+49 30"\n';
const requestOf = (requestId: string, more: object) =>
  requestSchema.parse({ requestId, state: 'succeeded', attempts: 1, updatedAt: '', history: [], ...more });

test('the result is the file with what became of each row: for spreadsheets, and nothing is computed', async () => {
  const { table, plan: planned } = await plan(FILE, isNew);
  const [first, second] = planned.rows;
  const requests = new Map([
    [
      first?.requestId ?? '',
      requestOf(first?.requestId ?? '', {
        state: 'failed',
        personId: 'ADA',
        redriveMayHelp: true,
        results: [
          {
            license: 'messaging',
            operation: 'add',
            result: 'failed',
            condition: 'no-seats',
            detail: 'Buy seats.',
          },
        ],
      }),
    ],
  ]);
  const file = { table, plan: planned, requests, licenses: CATALOGUE };
  const text = toResultFile({ ...file, delimiter: ';' });
  expect(text.startsWith('\ufeffemail;add;note;Seatline State;')).toBe(true);
  expect(text.split('\r\n')).toHaveLength(4);
  const rows: string[][] = parse(text, { bom: true, delimiter: ';', from: 2 });
  expect(rows).toEqual([
    [
      ...[
        'ada@example.com',
        'Advanced Messaging',
        "'=1+1",
        'failed',
        'Advanced Messaging: not added (no-seats)',
      ],
      ...[`Buy seats. Then: seatline redrive ${first?.requestId}`, 'ADA', first?.requestId],
    ],
    [
      ...['eve@example.com', 'Advanced Messaging', "'+49 30", 'not sent', '', 'submit the file again'],
      ...['', second?.requestId],
    ],
  ]);
  // The result of a result has the columns once, and the same ids.
  const again = await plan(text, isNew, { batch: planned.batch });
  expect(again.plan.rows.map(({ requestId }) => requestId)).toEqual([first?.requestId, second?.requestId]);
  const header = toResultFile({ ...file, table: again.table, delimiter: ',' }).split('\r\n')[0] ?? '';
  expect(header.match(/Seatline State/g)).toHaveLength(1);
});

test('the ids are of the content and the batch, whatever the form of the file', async () => {
  const ids = async (text: string, options?: PlanOptions) => {
    const { plan: planned } = await plan(text, isNew, options);
    return [planned.batch, ...planned.rows.map(({ requestId }) => requestId)];
  };
  const first = await ids(FILE);
  expect(first[0]).toMatch(/^joiners-[0-9a-f]{8}$/);
  expect(await ids(`\ufeff${FILE.replaceAll(',', ';').replaceAll('\n', '\r\n')}`)).toEqual(first);
  expect(await ids(FILE.replace('note', 'remark'))).toEqual(first);
  const other = await ids(FILE.replace('eve', 'eva'), { batch: first[0] ?? '' });
  expect([other[1] === first[1], other[2] === first[2]]).toEqual([true, false]);
  expect((await ids(FILE, { batch: 'spring' }))[1]).not.toBe(first[1]);
});

test('a large file is asked about in bodies that the app takes, and the lines fit a terminal', async () => {
  const sites = Array.from(
    { length: 60 },
    (_, index) => `site${index}.webex.com - Webex Webinars 1000 [Sub${index}]`,
  );
  const rows = Array.from({ length: 1_100 }, (_, index) => `person.number.${index}@example.com,TRUE,FALSE`);
  const text = [`email,Advanced Messaging,Webex Calling - Professional,${sites.join(',')}`, ...rows].join(
    '\n',
  );
  const {
    plan: planned,
    columns,
    table,
    posted,
  } = await plan(text, (operation) => (operation === 'add' ? isNew() : { outcome: 'remove', held: true }));
  expect(posted).toEqual([500, 500, 100, 500, 500, 100]);
  const cells = table.rows.map((row) => row.cells);
  const shown = countColumns(columns, cells, planned, CATALOGUE);
  const preview = { name: 'large.csv', columns: shown, plan: planned };
  const fitted = toPreviewLines({ ...preview, width: 80 });
  expect(fitted.filter((line) => line.length > 80)).toEqual([]);
  const lines = toPreviewLines(preview);
  expect(lines.filter((line) => line.includes('…'))).toEqual([]);
  expect(lines.length).toBeLessThan(60);
  expect(lines).toContain('    FALSE 1100: 1100 hold it, and keep it');
});

test('what is so already is not sent, but for a removal by name, and all of it by option', async () => {
  const text = 'email,remove,Advanced Messaging\nada@example.com,,TRUE\neve@example.com,Old,TRUE\n';
  const isSo = () => ({ outcome: 'unchanged' });
  const sent = async (options: PlanOptions) => {
    const { plan: planned } = await plan(text, isSo, options);
    return planned.rows.map(({ kind, items }) => [kind, items.filter(({ isSent }) => isSent).length]);
  };
  expect(await sent({})).toEqual([
    ['unchanged', 0],
    ['send', 1],
  ]);
  expect(await sent({ all: true })).toEqual([
    ['send', 1],
    ['send', 2],
  ]);
});

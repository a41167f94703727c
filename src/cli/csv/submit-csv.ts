import * as z from 'zod';
import { type Api, ApiFailure, UsageFailure } from '../api.ts';
import { readRequests, sayOpen } from '../batch.ts';
import { FAILED, UNFINISHED, USAGE } from '../exit-codes.ts';
import { followBatch, readBatchOrNone } from '../follow-batch.ts';
import { onInterruptSay } from '../interrupt.ts';
import { printJson } from '../json-output.ts';
import { isFinal, type ShownRequest } from '../request-text.ts';
import { print, say } from '../terminal.ts';
import { count } from '../words.ts';
import { ask } from './ask.ts';
import { countColumns } from './column-text.ts';
import { toCsvResult } from './csv-result.ts';
import { toBodies } from './forecast.ts';
import { type FilePlan, type PlannedRow, planRows } from './plan.ts';
import { toPreviewLines } from './preview-text.ts';
import { type ReadFile, readFileOfPeople } from './read-file.ts';
import { toResultFile } from './result.ts';
import { checkResultPath, toResultPath, writeResult } from './result-file.ts';
import { countBad, toSummaryLines } from './summary-text.ts';
import { type PlanOptions, toAskedRows } from './to-requests.ts';

export interface CsvOptions extends PlanOptions {
  readonly yes?: true;
  readonly skipBad?: true;
  readonly dryRun?: true;
  /** False for `--no-wait`; true for `--wait`, which stays also for what is up to people. */
  readonly wait?: boolean;
  readonly timeout: number;
  readonly result?: string;
  readonly delimiter?: string;
  readonly json?: true;
}

const acceptedSchema = z.object({ requests: z.array(z.object({ requestId: z.string() })) });

/** More could not be counted as one batch. */
const MAX_REQUESTS = 5_000;

/** Shows what a file of people would do, asks, submits its rows as one batch, and writes down what became of each. */
export async function submitCsv(api: Api, path: string, options: CsvOptions): Promise<void> {
  const file = await readFileOfPeople(api, path);
  const { batch, asked } = toAskedRows(file, options);
  const before = await readByIds(api, batch);
  const plan = await planRows(api, { batch, asked, before }, options);
  const cells = file.table.rows.map((row) => row.cells);
  const columns = countColumns(file.columns, cells, plan, file.licenses);
  // Standard output has one JSON value alone, where that is asked for.
  const show = options.json ? say : print;
  show(...toPreviewLines({ name: file.name, columns, plan }), '', ...toSummaryLines(plan, columns, options));
  const sends = plan.rows.filter(({ kind }) => kind === 'send').length;
  if (sends > MAX_REQUESTS)
    throw new UsageFailure(
      `A batch has at most ${MAX_REQUESTS} rows to send, and this file has ${sends}: divide it.`,
    );
  const isBad = countBad(plan, columns) > 0;
  if (options.dryRun) {
    say('Nothing was sent: this was a dry run.');
    process.exitCode = isBad && !options.skipBad ? USAGE : 0;
    if (options.json) printJson(toCsvResult(plan));
    return;
  }
  if (isBad && !options.skipBad)
    throw new UsageFailure('Nothing was sent. Correct the file, or send the rest of it with --skip-bad.');
  const resultPath = toResultPath(path, options.result, batch);
  await checkResultPath(resultPath, options.result !== undefined);
  if (await send(api, plan, options)) await finish(api, { file, plan, resultPath, isBad }, options);
}

/** The requests of a batch by their ids; none where there is no such batch. */
async function readByIds(api: Api, batch: string): Promise<ReadonlyMap<string, ShownRequest>> {
  const requests = new Map<string, ShownRequest>();
  if ((await readBatchOrNone(api, batch)) === undefined) return requests;
  for await (const request of readRequests(api, batch)) requests.set(request.requestId, request);
  return requests;
}

/** @returns false where the person at the terminal did not want it */
async function send(api: Api, { batch, rows }: FilePlan, { yes }: CsvOptions): Promise<boolean> {
  const requests = rows.filter(({ kind }) => kind === 'send').map(({ request }) => request);
  if (requests.length > 0 && !yes) {
    onInterruptSay('Nothing was sent.');
    const answer = await ask(`Send ${count(requests.length, 'row')}?`);
    if (answer === undefined)
      throw new UsageFailure('Nothing was sent. There is no terminal to ask at: --yes sends it.');
    if (!answer) say('Nothing was sent.');
    if (!answer) return false;
  }
  let sent = 0;
  for (const body of toBodies(requests)) {
    await api
      .post('/license-requests', acceptedSchema, { body: { requests: body }, status: 202 })
      .catch((error: unknown) => {
        if (!(error instanceof ApiFailure)) throw error;
        const done = `${sent} of ${requests.length} rows were sent in the batch ${batch}.`;
        throw new ApiFailure(
          ...error.message.split('\n'),
          `${done} Submit the same file again: nothing is sent twice.`,
        );
      });
    sent += body.length;
    onInterruptSay(
      `${sent} of ${requests.length} rows were sent, and go on: seatline batch wait ${batch}`,
      'Submit the same file again for the rest: nothing is sent twice.',
    );
    if (requests.length > body.length) say(`${sent} of ${requests.length} rows are sent`);
  }
  return true;
}

interface Sent {
  readonly file: ReadFile;
  readonly plan: FilePlan;
  readonly resultPath: string;
  /** Whether rows or columns were left out. */
  readonly isBad: boolean;
}

/** Waits for the rows, and writes down what became of each. */
async function finish(api: Api, { file, plan, resultPath, isBad }: Sent, options: CsvOptions): Promise<void> {
  const { batch, rows } = plan;
  const isOf = ({ kind }: PlannedRow) => kind === 'send' || kind === 'before';
  const isAny = rows.some(isOf);
  if (isAny && options.wait === false) {
    say(`Sent as the batch ${batch}. See seatline batch wait ${batch}.`);
    say('To have the result file later, submit the same file again: nothing is sent twice.');
    if (options.json) printJson(toCsvResult(plan));
    return;
  }
  if (isAny && process.stderr.isTTY) say(`Ctrl-C ends this command; the batch ${batch} goes on.`);
  if (isAny)
    await followBatch(api, batch, { timeoutSeconds: options.timeout, isPatient: options.wait === true });
  const requests = isAny ? await readByIds(api, batch) : new Map<string, ShownRequest>();
  const delimiter = toDelimiter(options.delimiter) ?? file.table.delimiter;
  await writeResult(resultPath, toResultFile({ ...file, plan, requests, delimiter }));
  const own = rows.filter(isOf).flatMap(({ requestId }) => requests.get(requestId) ?? []);
  if (options.json) printJson(toCsvResult(plan, { requests: own, result: resultPath }));
  else print('', ...toEndLines(own), `result  ${resultPath}`);
  const open = own.filter((request) => !isFinal(request));
  if (open.length > 0) sayOpen(open.length, own.length, batch);
  const hasFailed = own.some((request) => isFinal(request) && request.state !== 'succeeded');
  process.exitCode = open.length > 0 ? UNFINISHED : hasFailed || isBad ? FAILED : 0;
}

/** How many rows ended how, and why they wait. */
function toEndLines(requests: readonly ShownRequest[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { state, waiting } of requests) {
    const text = waiting ? `${state} (${waiting.for})` : state;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const causes = new Set(requests.flatMap(({ waiting }) => waiting?.cause ?? []));
  return [
    ...[...counts].map(([text, number]) => `${String(number).padStart(6)}  ${text}`),
    ...[...causes].map((cause) => `        seatline approve ${cause} --reason …`),
  ];
}

const toDelimiter = (given: string | undefined): string | undefined => (given === 'tab' ? '\t' : given);

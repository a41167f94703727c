import { type Command, Option } from 'commander';
import * as z from 'zod';
import { type Api, UsageFailure } from './api.ts';
import { readCallingOptions } from './calling-options.ts';
import { csvResultSchema } from './csv/csv-result.ts';
import { type CsvOptions, submitCsv } from './csv/submit-csv.ts';
import { JsonOption, printAs, printJson } from './json-output.ts';
import { type LocalTime, timeOption } from './local-time.ts';
import { requestSchema, type ShownRequest, toRequestLines } from './request-text.ts';
import { show, type WaitOptions } from './status.ts';
import { print, say } from './terminal.ts';
import { readJson } from './text-input.ts';
import { timeoutOption } from './timeout-option.ts';
import { count } from './words.ts';

interface SubmitOptions extends WaitOptions {
  readonly requestId?: string;
  readonly org?: string;
  readonly email?: string;
  readonly add: readonly string[];
  readonly remove: readonly string[];
  readonly file?: string;
  readonly batch?: string;
  readonly reason?: string;
  readonly until?: LocalTime;
  readonly dryRun?: true;
  readonly allowCallingRemoval?: true;
  readonly location?: string;
  readonly extension?: string;
  readonly range?: string;
  readonly phoneNumber?: string;
}

const REQUESTS = 'one license request, or {"requests": [...]}';
const collect = (value: string, earlier: readonly string[]) => [...earlier, value];

export function addSubmit(program: Command, api: () => Api): void {
  program
    .command('submit')
    .description('submit a license request for one person, or a file of people')
    .argument(
      '[file]',
      "CSV: Control Hub's export (or its zip), or email, add, remove; - for standard input. Beside --add or --remove: the address of the person",
    )
    .option('--email <email>', 'the person')
    .option('--add <license>', 'a license to add, by name or id; may be given several times', collect, [])
    .option(
      '--remove <license>',
      'a license to remove, by name or id; may be given several times',
      collect,
      [],
    )
    .option('--location <location>', 'of an added Calling license: where, by name or id')
    .option('--extension <extension>', 'of an added Calling license: its digits, or next-free with a --range')
    .option('--range <range>', 'of --extension next-free: the extensions to choose from, such as 4000-4999')
    .option('--phone-number <number>', 'of an added Calling license: such as +14085550100, or next-free')
    .option('--file <path>', 'a JSON file: one request, or {"requests": [...]}; - for standard input')
    .option('--request-id <id>', 'an id of your own: a second submit with it is the same request')
    .option('--org <id>', "the organization, by uuid or Webex's id; without it, the token's own")
    .option(
      '--batch <name>',
      'a name for requests that belong together: their removals are approved together',
    )
    .option('--reason <text>', 'the reason, for the audit trail')
    .addOption(
      timeOption('--until <time>', 'with an HR policy: until when the request stands against it', 'future'),
    )
    .option('--dry-run', 'show the changes for Webex without making them')
    .option(
      '--allow-calling-removal',
      'allow the removal of a Calling license, which destroys number and voicemail',
    )
    .option('--wait', 'until all are final')
    .option('--no-wait', 'of CSV: end as soon as all is sent')
    .addOption(timeoutOption())
    .option('-y, --yes', 'of CSV: send it without asking')
    .option('--with-removals', 'of CSV: FALSE takes the license away')
    .option('--skip-bad', 'of CSV: send the rest where rows or columns have mistakes')
    .option('--all', 'of CSV: send also what people hold already, by the people snapshot')
    .option('--result <path>', 'of CSV: where what became of each row is written')
    .addOption(
      new Option('--delimiter <delimiter>', 'of CSV: in the result; by default that of the file').choices([
        ...[',', ';', 'tab'],
      ]),
    )
    .addOption(new JsonOption(z.union([submittedSchema, csvResultSchema])))
    .action(async (argument: string | undefined, given: SubmitOptions & CsvOptions) => {
      const isPerson = argument?.includes('@') && given.add.length + given.remove.length > 0;
      if (argument !== undefined && !isPerson) return submitFile(api(), argument, given);
      if (argument !== undefined && given.email !== undefined)
        throw new UsageFailure('Give the address of the person once: as --email, or alone.');
      const options = { ...given, ...(argument !== undefined && { email: argument }) };
      const { file } = options;
      const body = file === undefined ? await toRequest(api(), options) : await readRequests(file, options);
      const { requests, removals, warnings } = await api().post('/license-requests', acceptedSchema, {
        body,
        status: 202,
      });
      if (removals) say(...toRemovalLines(removals));
      say(...warnings.map(({ pointer, detail }) => `seatline: ${pointer} ${detail}`));
      const requestIds = requests.map(({ requestId }) => requestId);
      if (options.wait) return showEnds(api(), { requestIds, removals }, options);
      printAs(options, { requests, removals }, () =>
        requests.map(({ requestId, state }) => `${requestId}  ${state}`),
      );
    });
}

/** Shows each request once it is final. */
async function showEnds(
  api: Api,
  {
    requestIds,
    removals,
  }: { requestIds: readonly string[]; removals: z.output<typeof removalsSchema> | undefined },
  options: SubmitOptions,
): Promise<void> {
  const requests: ShownRequest[] = [];
  await show(api, requestIds, options, (request) => {
    if (options.json) requests.push(request);
    else print(...toRequestLines(request));
  });
  if (options.json) printJson({ requests, removals });
}

/** A file of people names them, and what each gets. */
async function submitFile(api: Api, path: string, options: SubmitOptions & CsvOptions): Promise<void> {
  const { email, add, remove, file, requestId, org, location, extension, range, phoneNumber } = options;
  const ofOne = [email, file, requestId, org, location, extension, range, phoneNumber];
  if (ofOne.some((one) => one !== undefined) || add.length + remove.length > 0)
    throw new UsageFailure(
      'A CSV file stands without --email, --add, --remove, --file, --request-id, --org, and the options of a Calling license: it has columns for them.',
    );
  await submitCsv(api, path, options);
}

const removalsSchema = z.object({
  people: z.number(),
  canGoNow: z.number(),
  needApproval: z.number(),
  approve: z.array(z.string()).default([]),
});
/** As `--json` prints it: with `--wait`, the requests are whole. */
const submittedSchema = z.object({
  requests: z.array(z.union([requestSchema, z.object({ requestId: z.string(), state: z.string() })])),
  removals: removalsSchema.optional(),
});
const acceptedOneSchema = z.object({ requestId: z.string(), state: z.string() });
const warnings = z.array(z.object({ pointer: z.string(), detail: z.string() })).default([]);
const acceptedSchema = z.union([
  z.object({ requests: z.array(acceptedOneSchema), removals: removalsSchema.optional(), warnings }),
  acceptedOneSchema.extend({ warnings }).transform(({ warnings: found, ...request }) => ({
    ...{ requests: [request], removals: undefined, warnings: found },
  })),
]);

function toRemovalLines({ people, canGoNow, needApproval, approve }: z.output<typeof removalsSchema>) {
  return [
    `Something is removed from ${count(people, 'person', 'people')}: about ${canGoNow} can go now, ${needApproval} need approval.`,
    ...approve.map((command) => `  ${command}`),
  ];
}

/** A file has whole requests: a further option would change nothing. */
async function readRequests(file: string, options: SubmitOptions): Promise<unknown> {
  const { add, remove, wait: _wait, timeout: _timeout, file: _file, json: _json, ...rest } = options;
  if (add.length + remove.length + Object.keys(rest).length > 0)
    throw new UsageFailure(
      '--file has whole requests: only --wait, --timeout and --json may stand beside it.',
    );
  return readJson(file, REQUESTS);
}

async function toRequest(api: Api, options: SubmitOptions) {
  const { requestId, email, add, remove, org, batch, reason, until, dryRun, allowCallingRemoval } = options;
  if (email === undefined) throw new UsageFailure('Say --email, or --file with whole requests.');
  const toProperties = await readCallingOptions(api, options);
  return {
    requestId,
    person: { email },
    licenses: [
      ...add.map((license) => ({ license, operation: 'add', properties: toProperties(license) })),
      ...remove.map((license) => ({ license, operation: 'remove' })),
    ],
    orgId: org,
    batch,
    reason,
    until: until?.at.toISOString(),
    dryRun,
    allowCallingRemoval,
    source: 'cli',
  };
}

import type { Command } from 'commander';
import * as z from 'zod';
import { type Api, ApiFailure, toProblemText } from './api.ts';
import { readJson } from './json-file.ts';
import { show } from './status.ts';

interface SubmitOptions {
  readonly email?: string;
  readonly add: readonly string[];
  readonly remove: readonly string[];
  readonly file?: string;
  readonly reason?: string;
  readonly dryRun?: true;
  readonly allowCallingRemoval?: true;
  readonly wait?: boolean;
}

const collect = (value: string, earlier: readonly string[]) => [...earlier, value];

export function addSubmit(program: Command, api: () => Api): void {
  program
    .command('submit')
    .description('submit a license request for one person, or a file with one or many')
    .option('--email <email>', 'the person')
    .option('--add <license>', 'a license to add, by name or id; may be given several times', collect, [])
    .option(
      '--remove <license>',
      'a license to remove, by name or id; may be given several times',
      collect,
      [],
    )
    .option('--file <path>', 'a JSON file: one request, or {"requests": [...]}; - for standard input')
    .option('--reason <text>', 'why, for the record')
    .option('--dry-run', 'say what would be sent to Webex, and change nothing')
    .option(
      '--allow-calling-removal',
      'allow the removal of a Calling license, which destroys number and voicemail',
    )
    .option('--wait', 'until it is final')
    .action(async (options: SubmitOptions) => {
      const body = options.file === undefined ? toRequest(options) : await readJson(options.file);
      const answer = await api().call('POST', '/license-requests', body);
      if (answer.status !== 202) throw new ApiFailure(toProblemText(answer.status, answer.body));
      const { requests } = acceptedSchema.parse(answer.body);
      for (const { requestId, state } of requests) {
        if (options.wait) await show(api(), requestId, true);
        else process.stdout.write(`${requestId}  ${state}\n`);
      }
    });
}

const acceptedOneSchema = z.object({ requestId: z.string(), state: z.string() });
const acceptedSchema = z.union([
  z.object({ requests: z.array(acceptedOneSchema) }),
  acceptedOneSchema.transform((request) => ({ requests: [request] })),
]);

function toRequest({ email, add, remove, reason, dryRun, allowCallingRemoval }: SubmitOptions) {
  if (email === undefined) throw new ApiFailure('Say for whom: --email, or --file with whole requests.');
  return {
    person: { email },
    licenses: [
      ...add.map((license) => ({ license, operation: 'add' })),
      ...remove.map((license) => ({ license, operation: 'remove' })),
    ],
    reason,
    dryRun,
    allowCallingRemoval,
    source: 'cli',
  };
}

import type { Command } from 'commander';
import * as z from 'zod';
import type { Api } from './api.ts';
import { JsonOption, printAs } from './json-output.ts';
import { count } from './words.ts';

const policySchema = z.object({
  inForce: z
    .object({
      version: z.string(),
      since: z.string().optional(),
      rules: z.number(),
      leaverRules: z.number(),
    })
    .optional(),
  refused: z.object({ problems: z.array(z.string()), isMore: z.boolean().optional() }).optional(),
  reevaluation: z
    .object({
      state: z.string(),
      startedAt: z.string().optional(),
      sent: z.number().default(0),
      expected: z.number().optional(),
      doneAt: z.string().optional(),
      stopped: z.object({ reason: z.string(), at: z.string() }).optional(),
    })
    .optional(),
  needsApproval: z.object({ cause: z.string(), requests: z.number() }).optional(),
});
type ShownPolicy = z.output<typeof policySchema>;

const REASON = '--reason <text>';

export function addPolicyStatus(policy: Command, api: () => Api): void {
  policy
    .command('status')
    .description('show the policy in force, the one that is refused, and how far people are re-evaluated')
    .addOption(new JsonOption(policySchema))
    .action(async (options: { json?: true }) => {
      printAs(options, await api().get('/policy', policySchema), toPolicyLines);
    });
  for (const [name, state, description] of [
    ['stop', 'stopped', 'stop re-evaluating people by the policy in force'],
    ['continue', 'running', 're-evaluate everybody by the policy in force, from the first person on'],
  ] as const) {
    policy
      .command(name)
      .description(description)
      .requiredOption(REASON, 'the reason, for the audit trail')
      .addOption(new JsonOption(policySchema))
      .action(async ({ reason, json }: { reason: string; json?: true }) => {
        const call = { body: { state, reason }, status: 200 };
        printAs({ json }, await api().put('/policy/reevaluation', policySchema, call), toPolicyLines);
      });
  }
}

function toPolicyLines({ inForce, refused, reevaluation, needsApproval }: ShownPolicy): readonly string[] {
  return [
    inForce
      ? `policy ${inForce.version}  in force${inForce.since ? ` since ${inForce.since}` : ''}: ${count(inForce.rules, 'rule')}, ${inForce.leaverRules} for leavers`
      : 'no policy is in force',
    ...(refused?.problems.map((problem) => `  refused  ${problem}`) ?? []),
    ...(refused?.isMore ? ['  refused  and more'] : []),
    ...(reevaluation ? [`  people   ${toProgress(reevaluation)}`] : []),
    ...(needsApproval
      ? [
          `  waiting  ${count(needsApproval.requests, 'request needs', 'requests need')} approval: seatline approve ${needsApproval.cause} --reason …`,
        ]
      : []),
  ];
}

function toProgress(progress: NonNullable<ShownPolicy['reevaluation']>): string {
  const { state, sent, expected, startedAt, doneAt, stopped } = progress;
  const about = expected !== undefined && expected >= sent ? ` of about ${expected}` : '';
  if (stopped)
    return `stopped since ${stopped.at} after ${sent}${about} (${stopped.reason}): seatline policy continue --reason …`;
  if (state === 'to-come') return 'are re-evaluated within two minutes';
  if (state === 'done') return `${sent} were queued for re-evaluation, the last at ${doneAt}`;
  return `${sent}${about} were queued for re-evaluation since ${startedAt}`;
}

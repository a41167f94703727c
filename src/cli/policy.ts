import { type Command, InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { type HrEvent, type StandardHrEvent, standardHrEventSchema } from '../hr/hr-event.ts';
import { tryEvents } from '../hr/try-events.ts';
import { parseWith } from '../platform/parse-with.ts';
import { timeZoneSchema } from '../platform/time-zone.ts';
import { PolicyError, parsePolicy } from '../policy/policy.ts';
import { type Api, ApiFailure } from './api.ts';
import { addPolicyStatus } from './policy-status.ts';
import { print } from './terminal.ts';
import { readJson, readText, toName } from './text-input.ts';

export function addPolicy(program: Command, api: () => Api): void {
  const policies = program.command('policy').description('the policy: in force, and before it is');
  addPolicyStatus(policies, api);
  policies
    .command('test')
    .description('show the effect of an event, rule by rule; nothing is sent')
    .requiredOption('--policy <path>', 'a policy, YAML or JSON')
    .requiredOption(
      '--event <path>',
      'an HR event of our own schema, JSON, or several of one person, in their order; - for standard input',
    )
    .option('--time-zone <zone>', 'of people whose event names none', parseTimeZone, 'UTC')
    .action(async ({ policy, event, timeZone }: { policy: string; event: string; timeZone: string }) => {
      const rules = await readText(policy)
        .then(parsePolicy)
        .catch((error: unknown) => {
          throw error instanceof PolicyError
            ? new ApiFailure(`${toName(policy)}:`, ...error.message.split('\n'))
            : error;
        });
      const content = await readJson(event, 'an HR event of our own schema, or a list of them');
      const parsed = parseWith(eventsSchema, Array.isArray(content) ? content : [content]);
      if (!parsed.ok) {
        throw new ApiFailure(
          ...parsed.problems.map(({ pointer, detail }) => `${pointer || 'the event'} ${detail}`),
        );
      }
      for (const { said, lines } of tryEvents(rules, parsed.value.map(toNeutral), timeZone, Date.now()))
        print(...(parsed.value.length > 1 ? [said] : []), ...lines);
    });
}

function parseTimeZone(name: string): string {
  if (timeZoneSchema.safeParse(name).success) return name;
  throw new InvalidArgumentError('Say an IANA time zone, such as Europe/Berlin.');
}

const eventsSchema = z.array(standardHrEventSchema).min(1).max(100);

function toNeutral(
  { type, employee, effective, timeZone, attributes }: StandardHrEvent,
  index: number,
): HrEvent {
  return {
    ...{ source: 'test', eventId: `event ${index + 1}`, type, kind: type, attributes },
    email: employee.email ?? 'somebody@example.com',
    ...(effective && { effective }),
    ...(timeZone && { timeZone }),
  };
}

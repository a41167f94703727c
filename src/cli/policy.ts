import type { Command } from 'commander';
import { standardHrEventSchema } from '../contract/hr-event.ts';
import { parseWith } from '../contract/license-request.ts';
import { newEmployee } from '../hr/employee.ts';
import { type Plan, planEvent } from '../hr/plan.ts';
import { PolicyError, parsePolicy } from '../hr/policy.ts';
import { ApiFailure } from './api.ts';
import { readJson, readText } from './json-file.ts';

export function addPolicy(program: Command): void {
  program
    .command('policy')
    .description('try a policy before it is in force')
    .command('test')
    .description('show what an event would do to somebody who is new, rule by rule; nothing is sent')
    .requiredOption('--policy <path>', 'a policy, YAML or JSON')
    .requiredOption('--event <path>', 'an HR event of our own schema, JSON; - for standard input')
    .option('--time-zone <zone>', 'of people whose event names none', 'UTC')
    .action(async ({ policy, event, timeZone }: { policy: string; event: string; timeZone: string }) => {
      const rules = await readText(policy)
        .then(parsePolicy)
        .catch((error: unknown) => {
          throw error instanceof PolicyError ? new ApiFailure(`${policy}:\n${error.message}`) : error;
        });
      const parsed = parseWith(standardHrEventSchema, await readJson(event));
      if (!parsed.ok) {
        throw new ApiFailure(
          parsed.problems.map(({ pointer, detail }) => `${pointer || 'the event'} ${detail}`).join('\n'),
        );
      }
      const { type, employee, effective, timeZone: zone, attributes } = parsed.value;
      const email = employee.email ?? 'somebody@example.com';
      const neutral = { source: 'test', eventId: 'test', type, kind: type, email, attributes };
      const when = { ...(effective && { effective }), ...(zone && { timeZone: zone }) };
      const context = { policy: rules, timeZone, now: new Date() };
      process.stdout.write(
        `${toText(planEvent(newEmployee('test', 'test'), 'test', { ...neutral, ...when }, context))}\n`,
      );
    });
}

function toText({ outcome, why, trace, requests }: Plan): string {
  return [
    ...trace.map(({ rule, fits }) => `${fits ? 'fits    ' : 'does not'}  ${rule}`),
    `${outcome}: ${why}`,
    ...requests.flatMap(({ request }) => [
      `  ${request.effectiveAt ? `at ${request.effectiveAt}` : 'at once'}`,
      ...request.licenses.map(({ license, operation, properties }) => {
        const name = typeof license === 'object' ? license.name : license;
        return `    ${operation === 'add' ? '+' : '-'} ${name}${properties ? ` ${JSON.stringify(properties)}` : ''}`;
      }),
      ...request.siteUrls.map(
        ({ siteUrl, operation }) => `    ${operation === 'add' ? '+' : '-'} ${siteUrl}`,
      ),
    ]),
  ].join('\n');
}

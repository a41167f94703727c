import type { Command } from 'commander';
import type { Api } from './api.ts';
import { addPolicyPlan } from './policy-plan.ts';
import { addPolicyStatus } from './policy-status.ts';
import { addPolicyTest } from './policy-test.ts';

export function addPolicy(program: Command, api: () => Api): void {
  const policies = program.command('policy').description('the policy: in force, and before it is');
  addPolicyStatus(policies, api);
  addPolicyPlan(policies, api);
  addPolicyTest(policies);
}

import { toCause } from '../../guardrails/cause.ts';
import type { ForecastPeople } from '../../guardrails/forecast-people.ts';
import type { Clock } from '../../platform/clock.ts';
import { JobFailed, type JobStore, JobWaits, type WorkOnJob } from '../../platform/jobs.ts';
import { type Log, logUnreadable } from '../../platform/log.ts';
import { type Policy, PolicyError, parsePolicy } from '../../policy/policy.ts';
import type { PolicyInForce, PolicySource } from '../../policy/policy-source.ts';
import { WebexFailure } from '../../webex/errors/failure.ts';
import type { License } from '../../webex/license.ts';
import { heldIds, type ReadInSnapshot, toInstant } from '../held-in-snapshot.ts';
import { asAstray, isSuccessor } from '../identify.ts';
import { lookAt } from '../look.ts';
import type { HrPeople, Person } from '../person.ts';
import { loadPolicies } from '../reconcile-employee.ts';
import type { LookContext } from '../situation.ts';
import { countPlans, newPlanProgress } from './count-plan.ts';
import { finishPlan } from './finish-plan.ts';
import { type CountNumbersLeft, readNumbersLeft } from './numbers-left.ts';
import { type PlanProgress, planInputSchema, planProgressSchema } from './plan.ts';
import { namesToldOf, planPerson } from './plan-person.ts';

export interface PlanDeps {
  readonly people: Pick<HrPeople, 'page'>;
  readonly policies: PolicySource;
  readonly catalogue: () => Promise<readonly License[]>;
  readonly zoneOf: (source: string) => string;
  readonly forecastPeople: ForecastPeople;
  /** A person in the latest people snapshot: what somebody holds who left, where Webex was not asked for it yet. */
  readonly readInSnapshot: ReadInSnapshot;
  /** The names of attributes that each source sends and that are not kept. */
  readonly namesNotKept: () => Promise<ReadonlyMap<string, readonly string[]>>;
  readonly countNumbersLeft: CountNumbersLeft;
  readonly jobs: Pick<JobStore, 'writePart'>;
  readonly clock: Clock;
}

const PAGE = 200;

/** What both sides of a plan are decided by. */
interface Sides {
  readonly policy: Policy;
  readonly policyVersion: string;
  readonly inForce: PolicyInForce | undefined;
  readonly catalogue: readonly License[];
}

/**
 * Works on a plan: looks at everybody by the code of the re-evaluation, with another policy in place of the one in force.
 * Nothing is written to people, and nothing is submitted. Each page of people is a part; done twice, it is the same part.
 */
export function createWorkOnPlan(deps: PlanDeps): WorkOnJob {
  const { people, jobs, forecastPeople, clock } = deps;

  return async function workOnPlan(job, checkpoint, log) {
    const { policy: text, policyVersion } = planInputSchema.parse(job.input);
    const sides = { ...(await readSides(log)), policy: await readPolicy(text), policyVersion };
    let progress = job.progress
      ? planProgressSchema.parse(job.progress)
      : newPlanProgress(clock(), sides.inForce?.version);
    if (progress.comparedWith !== sides.inForce?.version)
      throw new JobFailed('another policy has been saved meanwhile: plan again');
    while (!progress.isWhole) {
      const page = await people.page(PAGE, progress.next);
      logUnreadable(log, page.unreadable);
      const { next: _read, ...rest } = await planPage(
        job.jobId,
        page.people.filter(isEmployee),
        progress,
        sides,
      );
      progress = { ...rest, ...(page.next === undefined ? { isWhole: true } : { next: page.next }) };
      if (!(await checkpoint(progress)) && !progress.isWhole) return 'more';
    }
    const { lose, loseCalling } = progress.counts;
    const removals = await forecastPeople({ people: lose, calling: loseCalling });
    const cause = toCause({ origin: { channel: 'hr', policyVersion } });
    const notKept = await deps.namesNotKept();
    const { numbers, refused } = await orWait(readNumbersLeft(sides.policy, deps.countNumbersLeft));
    return { result: finishPlan(progress, { ...sides, removals, cause, notKept, numbers, refused }) };
  };

  async function planPage(
    jobId: string,
    page: readonly Person[],
    progress: PlanProgress,
    { policy, policyVersion, inForce, catalogue }: Sides,
  ): Promise<PlanProgress> {
    const { zoneOf } = deps;
    const plans = await Promise.all(
      page.map(async (person) => {
        const known = inForce ? await loadPolicies(person, inForce.ofVersion) : new Map<string, Policy>();
        const of = (one: { policy: Policy; policyVersion: string }): LookContext => ({
          ...{ nowMs: progress.at.getTime(), catalogue, zoneOf, ...one },
          policyOf: (version) => known.get(version),
        });
        const before = inForce && of({ policy: inForce.policy, policyVersion: inForce.version });
        const after = of({ policy, policyVersion });
        const plan = planPerson(person, before, after);
        return plan.isUndecided ? planPerson(await withHeld(person, after), before, after) : plan;
      }),
    );
    const counted = countPlans(progress, plans, new Set(page.flatMap(namesToldOf)));
    const lines = plans.flatMap(({ planned }) => (planned ? [JSON.stringify(planned)] : []));
    if (lines.length === 0) return counted;
    await jobs.writePart(jobId, progress.parts, lines.join('\n'));
    return { ...counted, parts: progress.parts + 1 };
  }

  /** The person who left with what the snapshot says that they hold, if it says so. */
  async function withHeld(person: Person, context: LookContext): Promise<Person> {
    const { endMs } = lookAt(person, context);
    const name = person.personId ?? person.emails.at(-1);
    if (endMs === undefined || name === undefined) return person;
    const found = await deps.readInSnapshot(name);
    if ('missing' in found || found.licenses === undefined) return person;
    if (isSuccessor(person, endMs, toInstant(found.createdAt))) return asAstray(person);
    return { ...person, held: { ids: [...heldIds(found)], endMs } };
  }

  async function readSides(log: Log): Promise<Pick<Sides, 'inForce' | 'catalogue'>> {
    const inForce = await deps.policies.current(log).catch((error: unknown) => {
      if (error instanceof PolicyError) return undefined;
      throw error;
    });
    return { inForce, catalogue: await orWait(deps.catalogue()) };
  }
}

/** The plan waits while Webex cannot be asked. */
async function orWait<T>(asking: Promise<T>): Promise<T> {
  try {
    return await asking;
  } catch (error) {
    throw error instanceof WebexFailure ? new JobWaits(error.condition) : error;
  }
}

/** HR may never have spoken of a person whose licenses are adopted. */
const isEmployee = ({ employees }: Person) => employees.length > 0;

/** It could be read when it was taken; another version may know less. */
async function readPolicy(text: string): Promise<Policy> {
  try {
    return await parsePolicy(text);
  } catch (error) {
    throw error instanceof PolicyError ? new JobFailed(error.message) : error;
  }
}

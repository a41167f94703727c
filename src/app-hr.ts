import type { Ground } from './app-ground.ts';
import type { createWorkerApp } from './app-worker.ts';
import type { ForecastPeople } from './guardrails/forecast-people.ts';
import { createAdoptionDoors } from './hr/adoption/adoption-doors.ts';
import { createBeginFirstAdoption } from './hr/adoption/first-adoption.ts';
import { reclaim } from './hr/adoption/reclaim.ts';
import { ADOPTION, createWorkOnAdoption } from './hr/adoption/work-on-adoption.ts';
import { listEmployees } from './hr/answers/list-employees.ts';
import { clearOverrides, listOverrides } from './hr/answers/person-overrides.ts';
import { readEmployee } from './hr/answers/read-employee.ts';
import { type ReadPersonDeps, readPerson } from './hr/answers/read-person.ts';
import { createApplyHrEvent } from './hr/apply.ts';
import { createAskHr } from './hr/ask-hr.ts';
import { createNoteAttributeNames, readAttributeNames } from './hr/attribute-names.ts';
import { createSweepHrBatches } from './hr/batches.ts';
import { createHrCheck, createHrPolicyCheck } from './hr/check.ts';
import { createFindDrift } from './hr/drift/find-drift.ts';
import { createStartRepair } from './hr/drift/start-repair.ts';
import { createWorkOnRepair, DRIFT_REPAIR } from './hr/drift/work-on-repair.ts';
import { forgetEmployee } from './hr/forget-employee.ts';
import { createImportEmployees } from './hr/import-employees.ts';
import { createListHrEvents } from './hr/list-hr-events.ts';
import { createPlanDoors, POLICY_PLAN } from './hr/plan/plan-doors.ts';
import { createWorkOnPlan } from './hr/plan/work-on-plan.ts';
import { createPolicyDoors } from './hr/policy-doors.ts';
import { createPurgePeople } from './hr/purge-people.ts';
import { createPurgePolicyVersions } from './hr/purge-policy-versions.ts';
import { createReceiveHrEvent } from './hr/receive.ts';
import { createReevaluate } from './hr/reevaluate.ts';
import { createReadStopped, forgetBasis } from './hr/reevaluation.ts';
import { createResolveEmployee } from './hr/resolve.ts';
import { createRecordHrPoison, createSweepHrEvents } from './hr/sweep-hr-events.ts';
import { createSweepPeople } from './hr/sweep-people.ts';
import type { IncomingRequest } from './http/body.ts';
import { createReadHoldings } from './people/read-holdings.ts';
import type { Snapshot } from './people/snapshot.ts';
import { createSweepJobs, createWorkOnJobs, type JobKinds } from './platform/jobs.ts';
import type { Log } from './platform/log.ts';
import { createPurgePart } from './platform/purge.ts';
import { createPolicyCheck, createPolicySource } from './policy/policy-source.ts';
import { createBlobAttributeNames } from './storage/blobs/attribute-names.ts';
import { createBlobDriftFiles } from './storage/blobs/drift-files.ts';
import { createBlobFirstAdoption } from './storage/blobs/first-adoption.ts';
import { createBlobHrBatches } from './storage/blobs/hr-batches.ts';
import { createBlobJobs } from './storage/blobs/jobs.ts';
import { createBlobPeople } from './storage/blobs/people.ts';
import { createBlobPolicy } from './storage/blobs/policy.ts';
import { createBlobReevaluation } from './storage/blobs/reevaluation.ts';
import { hrBatchWork, hrEventWork, jobWork } from './storage/queues/work-messages.ts';
import { createWorkQueue } from './storage/queues/work-queue.ts';
import { createTableHrPeople } from './storage/tables/hr-people.ts';
import { createTableEmployees, createTableHrEvents } from './storage/tables/hr-records.ts';

/** What Webex knows, asked by the worker's client and within its rate. */
type AtWebex = Pick<ReturnType<typeof createWorkerApp>, 'readCatalogue' | 'findAtWebex' | 'countNumbersLeft'>;

/** What the inventory read of all people. */
interface AllPeople extends Pick<ReadPersonDeps, 'readInSnapshot'> {
  /** The snapshot of a run, or the latest one; undefined where it is not kept. */
  readonly readPeopleSnapshot: (runId?: string) => Promise<Snapshot | undefined>;
}

/** The HR part of the app: webhooks, HR events, employees, and what the policy desires for them. */
export function createHrApp(
  { config, storage, requestStore, workQueue, clock, skew, ...ground }: Ground,
  {
    readCatalogue: catalogue,
    findAtWebex,
    countNumbersLeft,
    readInSnapshot,
    readPeopleSnapshot,
  }: AtWebex & AllPeople,
  forecastPeople: ForecastPeople,
  /** Of other rooms, whose work the queue `jobs` has, too. */
  otherJobs: JobKinds,
) {
  const { hrSources: sources } = config;
  const events = createTableHrEvents(storage, config.retentionMs);
  const employees = createTableEmployees(storage);
  const hrWorkQueue = {
    send: createWorkQueue(storage, hrEventWork),
    sendBatch: createWorkQueue(storage, hrBatchWork),
  };
  const batches = createBlobHrBatches(storage);
  const policyStore = createBlobPolicy(storage);
  const reevaluation = createBlobReevaluation(storage);
  const onChange = () => forgetBasis(reevaluation);
  const policies = createPolicySource({ store: policyStore, clock, onChange });
  const people = createTableHrPeople(storage);
  const snapshots = createBlobPeople(storage);
  const ownOrg = async () => (await readPeopleSnapshot())?.orgId;
  const readHoldings = createReadHoldings({ store: snapshots, ownOrg });
  const zoneOf = (source: string) => sources.get(source)?.timeZone ?? 'UTC';
  const plans = { jobs: createBlobJobs(storage), send: createWorkQueue(storage, jobWork), clock };
  const attributeNames = createBlobAttributeNames(storage);
  const { list, read } = createListHrEvents({ events, people });
  const answers = {
    ...{ people, employees, events, policies, catalogue, zoneOf, requestStore, readInSnapshot, clock },
    ...{ hrWorkQueue, audit: ground.audit, instance: ground.instance, workQueue },
  };
  const adoption = {
    ...{ ...plans, people, policies, catalogue, zoneOf, requestStore, workQueue, hrWorkQueue, findAtWebex },
    ...{
      readInSnapshot,
      readSnapshot: readPeopleSnapshot,
      snapshots: createBlobPeople(storage),
      forecastPeople,
    },
    ...{ audit: ground.audit, instance: ground.instance, newId: ground.newId },
  };
  return {
    ...createAdoptionDoors(adoption),
    beginFirstAdoption: createBeginFirstAdoption({
      ...{ ...adoption, isOn: config.adoptOnFirstRun, store: createBlobFirstAdoption(storage) },
    }),
    reclaim: (name: string, http: IncomingRequest, log: Log) => reclaim(adoption, name, http, log),
    readPerson: (name: string, log: Log) => readPerson(answers, name, log),
    listEmployees: (query: URLSearchParams) => listEmployees(answers, query),
    readEmployee: (source: string, employeeId: string, log: Log) =>
      readEmployee(answers, source, employeeId, log),
    forgetEmployee: (
      source: string,
      employeeId: string,
      http: Parameters<typeof forgetEmployee>[3],
      log: Log,
    ) => forgetEmployee(answers, source, employeeId, http, log),
    listOverrides: (name: string, log: Log) => listOverrides(answers, name, log),
    clearOverrides: (name: string, http: Parameters<typeof clearOverrides>[2], log: Log) =>
      clearOverrides(answers, name, http, log),
    receiveHrEvent: createReceiveHrEvent({
      ...{ sources, events, batches, workQueue: hrWorkQueue },
      ...{ clock, measureClock: skew.measure },
    }),
    applyHrEvent: createApplyHrEvent({
      ...{ sources, events, batches, hrWorkQueue, employees },
      resolve: createResolveEmployee(createAskHr(ground.sleep)),
      noteAttributeNames: createNoteAttributeNames(attributeNames),
      retentionMs: config.retentionMs,
      ...{ policies, people, catalogue, findAtWebex, zoneOf, audit: ground.audit },
      ...{ requestStore, workQueue, clock, instance: ground.instance },
      isReevaluationStopped: createReadStopped({ store: reevaluation, clock }),
    }),
    sweepHrEvents: createSweepHrEvents({ events, workQueue: hrWorkQueue, clock }),
    sweepPeople: createSweepPeople({ people, hrWorkQueue, clock }),
    reevaluate: createReevaluate({
      ...{ people, hrWorkQueue, policies, catalogue, zoneOf, clock, store: reevaluation },
    }),
    ...createPlanDoors({ ...plans, newId: ground.newId }),
    findDrift: createFindDrift({
      ...{ people, policies, zoneOf, snapshots, mode: config.driftRepair },
      files: createBlobDriftFiles(storage),
    }),
    startRepair: createStartRepair(plans),
    workOnJob: createWorkOnJobs({
      ...plans,
      kinds: {
        [DRIFT_REPAIR]: createWorkOnRepair({
          ...{ people, policies, catalogue, zoneOf, requestStore, workQueue, findAtWebex, clock, snapshots },
          ...{ audit: ground.audit, instance: ground.instance, mode: config.driftRepair },
        }),
        ...otherJobs,
        [ADOPTION]: createWorkOnAdoption(adoption),
        [POLICY_PLAN]: createWorkOnPlan({
          ...{ ...plans, people, policies, catalogue, zoneOf, forecastPeople, readInSnapshot },
          countNumbersLeft,
          namesNotKept: () => readAttributeNames(attributeNames, sources.keys()),
        }),
      },
    }),
    sweepJobs: createSweepJobs(plans),
    ...createPolicyDoors({
      ...{ policies, store: reevaluation, requestStore, clock },
      ...{ audit: ground.audit, instance: ground.instance },
    }),
    sweepHrBatches: createSweepHrBatches({ batches, workQueue: hrWorkQueue, clock }),
    purgeHrEvents: createPurgePart('hr-events', events.purge, clock),
    purgeHrPeople: createPurgePart(
      'hr-people',
      createPurgePeople({
        ...{ people, employees, retentionMs: config.retentionMs },
        findInSnapshot: async (personIds) => {
          const found = await readHoldings(personIds);
          return found && new Set(found.people.keys());
        },
      }),
      clock,
    ),
    purgePolicyVersions: createPurgePart(
      'policy-versions',
      createPurgePolicyVersions({ store: policyStore, reevaluation, retentionMs: config.retentionMs }),
      clock,
    ),
    recordHrPoison: createRecordHrPoison({ events, policy: config.retry, clock }),
    listHrEvents: list,
    readHrEvent: read,
    checkHr: createHrCheck({ sources, events }),
    checkPolicy: createHrPolicyCheck(sources, createPolicyCheck(policyStore)),
    importEmployees: createImportEmployees({
      ...{ sources, employees, events, workQueue: hrWorkQueue },
      ...{ people, hrWorkQueue, policies, zoneOf, clock },
    }),
  };
}

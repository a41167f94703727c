import type { Ground } from './app-ground.ts';
import type { createWorkerApp } from './app-worker.ts';
import type { ForecastPeople } from './guardrails/forecast-people.ts';
import { createReadHeldBefore } from './people/held-before.ts';
import { createUndoDoors } from './requests/undo/undo-doors.ts';
import { createWorkOnUndo } from './requests/undo/work-on-undo.ts';
import { createBlobJobs } from './storage/blobs/jobs.ts';
import { createBlobPeople } from './storage/blobs/people.ts';
import { jobWork } from './storage/queues/work-messages.ts';
import { createWorkQueue } from './storage/queues/work-queue.ts';

interface OfOthers extends Pick<ReturnType<typeof createWorkerApp>, 'readKnownCatalogue' | 'ownOrg'> {
  readonly forecastPeople: ForecastPeople;
}

/** The undo part of the app: puts back what requests changed. */
export function createUndoApp(
  { config, storage, requestStore, workQueue, audit, clock, newId, instance }: Ground,
  { readKnownCatalogue, ownOrg, forecastPeople }: OfOthers,
) {
  const jobs = createBlobJobs(storage);
  const send = createWorkQueue(storage, jobWork);
  return {
    ...createUndoDoors({ jobs, send, audit, clock, newId, instance }),
    workOnUndo: createWorkOnUndo({
      ...{ requestStore, workQueue, jobs, audit, clock, instance, forecastPeople },
      catalogue: readKnownCatalogue,
      heldBefore: createReadHeldBefore({ store: createBlobPeople(storage), ownOrg, clock }),
      retentionMs: config.retentionMs,
    }),
  };
}

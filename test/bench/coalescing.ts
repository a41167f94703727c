import { HOST_AT_ONCE, startBenchApp } from './bench-app.ts';
import type { Measurement } from './measurement.ts';
import { countHolders, createEmptyOrganization } from './organization.ts';
import { createFirstRequests, createRequests, toBatches } from './requests.ts';
import { toUseful } from './storage-transactions.ts';

const REQUESTS = 10_000;
const PEOPLE = 2_000;
/** A part of the people at a time: each query of Azurite looks at each row of its table. */
const PARTS = 10;
/** One PATCH for five requests of a person would be 0.2. */
const MAX_CALLS = 0.25;

/** Requests for the same people that wait together: one PATCH for each person, and a result for each request. */
export const coalescing: Measurement = {
  names: ['coalescing'],
  async run(say) {
    let webex = 0;
    let storage = 0;
    for (let part = 0; part < PARTS; part += 1) {
      const people = PEOPLE / PARTS;
      const count = REQUESTS / PARTS;
      const app = await startBenchApp(() => createEmptyOrganization(people));
      try {
        await app.introduce(createFirstRequests(people));
        const bodies = toBatches(createRequests(count, 0, people));
        await app.run({ do: 'submit', bodies, atOnce: 2 });
        const worked = await app.run({ do: 'drain', atOnce: HOST_AT_ONCE });
        const { succeeded = 0 } = await app.states();
        const holders = countHolders(app.simulator.organization());
        if (succeeded !== count + people || holders !== people)
          throw new Error(
            `${succeeded} of ${count + people} succeeded, ${holders} of ${people} hold the license`,
          );
        webex += worked.webex;
        storage += toUseful(worked.storage).length;
        say(`part ${part}: ${worked.webex} calls for ${count} requests`);
      } finally {
        await app.stop();
      }
    }
    return [
      {
        name: 'coalescing',
        ratio: webex / REQUESTS,
        better: 'lower',
        goal: MAX_CALLS,
        detail: {
          requests: REQUESTS,
          people: PEOPLE,
          'Webex calls': webex,
          'storage calls a request': (storage / REQUESTS).toFixed(2),
        },
      },
    ];
  },
};

import { beforeAll, expect, test } from '@jest/globals';
import { type Azurite, startAzurite } from '../../infra/local/azurite.ts';
import { createStorageClients } from '../../src/storage/clients.ts';
import { createTablePace } from '../../src/storage/table-pace.ts';
import type { PaceStore } from '../../src/webex/pace/shared.ts';
import { newPaceState } from '../../src/webex/pace/state.ts';
import { createParts } from '../parts.ts';

/** What the instances share about the pace, on real storage that has nothing at the start. */
let azurite: Azurite;
let instances: readonly PaceStore[];
const started = createParts();
beforeAll(async () => {
  azurite = await started(startAzurite());
  instances = [1, 2, 3].map(() =>
    createTablePace(
      createStorageClients({ kind: 'connection-string', connectionString: azurite.connectionString }),
    ),
  );
});

const at = (taken: number) => ({ ...newPaceState(Date.UTC(2026, 10, 25)), taken });

test('what is shared about the pace is kept as it is, and one of several who write at once is first', async () => {
  const [first, second] = instances;
  expect(await first?.read()).toBeUndefined();
  const begun = await Promise.all(instances.map((one, index) => one.write(at(index), undefined)));
  expect(begun.filter((version) => version !== undefined)).toHaveLength(1);

  const full = {
    ...at(7),
    cycles: [{ cycle: 1, accepted: 150, spanMs: 5_000, pauseMs: 4_000, periodMs: 5_100.5, isGuess: false }],
    tokens: -2.5,
    isTrying: true,
    leader: { instance: 'a', untilMs: 2 },
    instances: { a: { seenAtMs: 1, holdsUntilMs: 2 } },
  };
  const seen = await second?.read();
  const version = await second?.write(full, seen?.version);
  expect(version).toBeDefined();
  expect(await first?.read()).toEqual({ state: full, version });

  const again = await Promise.all(instances.map((one, index) => one.write(at(10 + index), version)));
  expect(again.filter((one) => one !== undefined)).toHaveLength(1);
  expect(await first?.write(at(20), version)).toBeUndefined();
});

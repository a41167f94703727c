import { setTimeout as delay } from 'node:timers/promises';
import { addPerson } from '../../infra/local/webex/organization.ts';
import { deletePerson } from '../../infra/local/webex/people-changes.ts';
import type { Chance } from './chance.ts';
import type { Cluster } from './cluster.ts';
import { deliver } from './deliver.ts';
import { aliasOf, nextIdOf } from './spelling.ts';
import type { Human } from './workload.ts';

/** The longest time for which the address is free. */
const LONGEST_GAP_MS = 1_000;

interface Deps {
  readonly cluster: Cluster;
  /** Over which time the requests come. */
  readonly overMs: number;
  readonly chance: Chance;
}

/** A person is deleted at Webex in the midst of the requests, and another person is created with the same address. */
export async function createAgain(
  { email, wishes }: Human,
  { cluster, overMs, chance }: Deps,
): Promise<void> {
  await delay(overMs * (0.2 + 0.6 * chance.next()));
  const organization = cluster.simulator.organization();
  const person = organization.people.get(email);
  if (person === undefined) throw new Error('There is no person to be deleted');
  deletePerson(organization, person);
  await delay(LONGEST_GAP_MS * chance.next());
  addPerson(organization, { id: nextIdOf(email), email, aliases: [aliasOf(email)] });
  const later = wishes.filter(({ sent }) => sent === 'after the person was created again');
  await deliver(cluster, later, 0, chance);
}

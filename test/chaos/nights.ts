import { setTimeout as delay } from 'node:timers/promises';
import { type License, type Organization, toId, toUuid } from '../../infra/local/webex/organization.ts';
import { buySeats, type Cluster } from './cluster.ts';
import type { Refusals } from './refusals.ts';
import { SCARCE } from './workload.ts';

const MINUTE_MS = 60_000;
/**
 * Two of them are longer than the horizon. One alone is shorter: a request that has killed workers for so long is
 * given up.
 */
const NIGHT_MS = 35 * MINUTE_MS;
/** Until a token that was refused is tried again. */
const SOON_MS = 6 * MINUTE_MS;
/** How long the hosts may take until they are refused again. */
const REFUSED_WITHIN_MS = 60_000;
const CHECK_EVERY_MS = 100;

interface Deps {
  readonly cluster: Cluster;
  readonly refusals: Refusals;
}

/**
 * Two nights, until the horizon of all that waits is over. All machines are off in the first one, in which
 * subscriptions are renewed. After each of them the hosts are refused once more, and only then is everything mended.
 */
export async function passNights({ cluster, refusals }: Deps): Promise<void> {
  const organization = cluster.simulator.organization();
  await untilRefused(refusals);
  await cluster.passNight(NIGHT_MS, () => renew(organization, ['Advanced Messaging', SCARCE]));
  await untilRefused(refusals);
  await cluster.skipTime(NIGHT_MS);
  await untilRefused(refusals);
  refusals.mend();
  buySeats(organization);
  await cluster.skipTime(SOON_MS);
}

/** Until a call more is refused. */
async function untilRefused({ counts }: Refusals): Promise<void> {
  const before = counts.all;
  const deadline = Date.now() + REFUSED_WITHIN_MS;
  while (counts.all === before && Date.now() < deadline) await delay(CHECK_EVERY_MS);
}

/** The licenses of these names have other ids, also for those who hold them. */
export function renew({ id, licenses, people }: Organization, names: readonly string[]): void {
  for (const license of [...licenses.values()].filter(({ name }) => names.includes(name))) {
    const next: License = {
      ...license,
      id: toId(`LICENSE/${toOrg(id)}:RN_${toUuid(`renewed ${license.id}`)}`),
    };
    licenses.delete(license.id);
    licenses.set(next.id, next);
    for (const person of people.values()) {
      for (const held of [person.licenses, person.pendingLicenses])
        if (held.delete(license.id)) held.add(next.id);
    }
  }
}

const toOrg = (id: string) => Buffer.from(id, 'base64').toString('utf8').split('/').at(-1);

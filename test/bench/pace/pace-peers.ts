import type { Measurement } from '../measurement.ts';
import { KINDS, type Kind } from './limits.ts';
import { MESSAGES_AT_ONCE, ours } from './ours.ts';
import { bottleneck, naive, pQueue, sdkRule } from './peers.ts';
import { toPercent } from './percent.ts';
import { type Ran, runSide } from './run-side.ts';
import { startStores } from './shared-stores.ts';
import type { Side } from './side.ts';

const OPTIONS = { latencyMs: 50, measuredMs: 15_000 };
const PEERS: readonly Side[] = [naive, sdkRule(10), sdkRule(64), bottleneck, pQueue];

/** Accepted calls per call sent ÷ the same of the SDK's rule with 64 at once, over all kinds of servers. */
export const pacePeers: Measurement = {
  names: ['pace-vs-sdk-rule'],
  async run(say) {
    const stores = await startStores();
    try {
      const detail: Record<string, string> = {};
      const mine: Ran[] = [];
      const theirs: Ran[] = [];
      for (const kind of KINDS) {
        const ran = await measure(kind, ours(stores.create()));
        for (const one of ran) {
          detail[`${kind}: ${one.side}`] = toText(one);
          say(`${kind}: ${one.side} ${toText(one)}`);
          if (one.side === 'Seatline') mine.push(one);
          if (one.side === sdkRule(64).name) theirs.push(one);
        }
      }
      const ratio = toUseful(mine) / toUseful(theirs);
      return [{ name: 'pace-vs-sdk-rule', ratio, better: 'higher', goal: 1.2, detail }];
    } finally {
      await stores.stop();
    }
  },
};

/** All at the same time, each at a server of its own. */
const measure = (kind: Kind, mine: Side): Promise<Ran[]> =>
  Promise.all([
    runSide(mine, MESSAGES_AT_ONCE + 1, { ...OPTIONS, kind }),
    ...PEERS.map((peer) => runSide(peer, 64, { ...OPTIONS, kind })),
  ]);

const toUseful = (ran: readonly Ran[]): number =>
  ran.reduce((sum, { accepted }) => sum + accepted, 0) / ran.reduce((sum, { sent }) => sum + sent, 0);

const toText = (ran: Ran) =>
  `${ran.perSecond.toFixed(1)}/s, ${toPercent(ran.limitedShare)} 429 (${toPercent(ran.limitedShareFromStart)} from the start), ${ran.early} early`;

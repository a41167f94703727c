import type { Measurement, Say } from '../measurement.ts';
import { ALLOWED_PER_SECOND, KINDS, type Kind, WINDOW_MS } from './limits.ts';
import { MESSAGES_AT_ONCE, ours } from './ours.ts';
import { sdkRule } from './peers.ts';
import { runSide, SMOOTH_MS, toPercent, toWarmMs } from './run-side.ts';
import { type CountedStore, startStores } from './shared-stores.ts';
import { rest } from './side.ts';

const LATENCY_MS = 50;
const HALVED_FOR_MS = 15_000;
/** Within this time after the limit is what it was, the pace has to be, too. */
const BACK_WITHIN_MS = 30_000;

/**
 * - `pace-change`: the limit is halved, then doubled: accepted ÷ allowed at the end of the 30 s after that.
 * - `pace-no-retry-after`: accepted ÷ what the SDK's rule gets where Retry-After is named; the worse of none at all
 *   and of the text that live servers have sent. A server that punishes calls before a time that it does not name is
 *   in the detail only: who calls there in vain cannot know.
 */
export const paceChange: Measurement = {
  names: ['pace-change', 'pace-no-retry-after'],
  async run(say) {
    const stores = await startStores();
    try {
      const [changes, unnamed] = await Promise.all([
        Promise.all(KINDS.map((kind) => measureChange(kind, stores.create(), say))),
        Promise.all(KINDS.map((kind) => measureUnnamed(kind, stores, say))),
      ]);
      const isSound = changes.every((one) => one.isSound);
      return [
        {
          name: 'pace-change',
          ratio: isSound ? Math.min(...changes.map(({ ratio }) => ratio)) : 0,
          better: 'higher',
          goal: 0.9,
          detail: Object.fromEntries(changes.map(({ kind, said }) => [kind, said])),
        },
        {
          name: 'pace-no-retry-after',
          ratio: Math.min(...unnamed.slice(0, 2).map(({ ratio }) => ratio)),
          better: 'higher',
          goal: 0.8,
          detail: Object.fromEntries(unnamed.map(({ kind, said }) => [kind, said])),
        },
      ];
    } finally {
      await stores.stop();
    }
  },
};

async function measureChange(kind: Kind, store: CountedStore, say: Say) {
  const measuredMs = HALVED_FOR_MS + BACK_WITHIN_MS;
  let whileHalved = 0;
  let perSecondAtEnd = 0;
  const ran = await runSide(ours(1, store), MESSAGES_AT_ONCE + 1, {
    kind,
    latencyMs: LATENCY_MS,
    measuredMs,
    async meanwhile(server, signal) {
      const until = (ms: number) => rest(ms - Date.now(), signal);
      const smoothMs = SMOOTH_MS[kind];
      const perSecond = (fromMs: number, toMs: number) =>
        ((server.meanAccepted(toMs, smoothMs) - server.meanAccepted(fromMs, smoothMs)) / (toMs - fromMs)) *
        1_000;
      const halvedAtMs = toWarmMs(Date.now());
      const doubledAtMs = halvedAtMs + HALVED_FOR_MS;
      const endMs = doubledAtMs + BACK_WITHIN_MS;
      await until(halvedAtMs);
      server.scale(0.5);
      await until(doubledAtMs);
      server.scale(1);
      await until(endMs);
      whileHalved = perSecond(halvedAtMs, doubledAtMs);
      // Two windows, however long they are.
      perSecondAtEnd = perSecond(endMs - 2 * Math.max(WINDOW_MS, smoothMs), endMs);
    },
  });
  const ratio = perSecondAtEnd / ALLOWED_PER_SECOND;
  const said = `${ratio.toFixed(3)}: ${whileHalved.toFixed(1)}/s while halved, ${perSecondAtEnd.toFixed(1)}/s of ${ALLOWED_PER_SECOND} at the end, ${toPercent(ran.limitedShare)} 429 (${toPercent(ran.limitedShareFromStart)} from the start), ${ran.early} early, ${ran.lost} lost`;
  say(`change, ${kind}: ${said}`);
  return { kind, ratio, said, isSound: ran.early === 0 && ran.lost === 0 && ran.twice === 0 };
}

async function measureUnnamed(kind: Kind, stores: { create(): CountedStore }, say: Say) {
  const options = { kind, latencyMs: LATENCY_MS, measuredMs: 30_000 };
  const run = (toHeader: () => string | undefined) =>
    runSide(ours(1, stores.create()), MESSAGES_AT_ONCE + 1, { ...options, toHeader });
  const [none, garbage, named] = await Promise.all([
    run(() => undefined),
    run(() => 'rand(30),add(30)'),
    runSide(sdkRule(10), 10, options),
  ]);
  const ratio = Math.min(none.perSecondFromStart, garbage.perSecondFromStart) / named.perSecondFromStart;
  const said = `${ratio.toFixed(3)}: ${none.perSecondFromStart.toFixed(1)}/s with none, ${garbage.perSecondFromStart.toFixed(1)}/s with garbage, from the start; the SDK's rule, told the time, ${named.perSecondFromStart.toFixed(1)}/s`;
  say(`no Retry-After, ${kind}: ${said}`);
  return { kind, ratio, said };
}

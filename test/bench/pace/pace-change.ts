import type { Measurement, Say } from '../measurement.ts';
import { ALLOWED_PER_SECOND, KINDS, type Kind, WINDOW_MS } from './limits.ts';
import { toPercent } from './percent.ts';
import { PHASES_MS, SMOOTH_MS, simulate, simulateSdkRule, toMean, type World } from './simulated-run.ts';

const LATENCY_MS = 50;
const HALVED_FOR_MS = 15_000;
/** Within this time after the limit is what it was, the rate has to be, too. */
const BACK_WITHIN_MS = 30_000;

/**
 * - `pace-change`: the limit is halved, then doubled: accepted ÷ allowed at the end of the 30 s after that.
 * - `pace-no-retry-after`: accepted ÷ what the SDK's rule gets where Retry-After is named. A figure without a goal:
 *   where it is not named, we wait 15 s.
 *
 * Both in simulated time, the worst over kinds, each the mean over several starts.
 */
export const paceChange: Measurement = {
  names: ['pace-change', 'pace-no-retry-after'],
  async run(say) {
    const changes = await Promise.all(KINDS.map((kind) => measureChange(kind, say)));
    const unnamed = await Promise.all(KINDS.map((kind) => measureUnnamed(kind, say)));
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
        ratio: Math.min(...unnamed.map(({ ratio }) => ratio)),
        better: 'higher',
        detail: Object.fromEntries(unnamed.map(({ kind, said }) => [kind, said])),
      },
    ];
  },
};

async function measureChange(kind: Kind, say: Say) {
  const smoothMs = SMOOTH_MS[kind];
  // Two windows, however long they are.
  const endMs = 2 * Math.max(WINDOW_MS, smoothMs);
  const change = async (phaseMs: number) => {
    let whileHalved = 0;
    let atEnd = 0;
    const options = {
      kind,
      latencyMs: LATENCY_MS,
      measuredMs: HALVED_FOR_MS + BACK_WITHIN_MS,
      phaseMs,
    };
    const perSecond = async (world: World, ms: number) => {
      const accepted = () => world.meanAccepted(world.time.clock().getTime(), smoothMs);
      const before = accepted();
      await world.time.pass(ms);
      return ((accepted() - before) / ms) * 1_000;
    };
    const ran = await simulate([1], options, async (world) => {
      world.scale(0.5);
      whileHalved = await perSecond(world, HALVED_FOR_MS);
      world.scale(1);
      await world.time.pass(BACK_WITHIN_MS - endMs);
      atEnd = await perSecond(world, endMs);
    });
    return { ...ran, whileHalved, atEnd };
  };
  const runs = await Promise.all(PHASES_MS.map(change));
  const mean = (of: (run: (typeof runs)[number]) => number) => toMean(runs.map(of));
  const ratio = mean(({ atEnd }) => atEnd) / ALLOWED_PER_SECOND;
  const early = runs.reduce((sum, run) => sum + run.early, 0);
  const lost = runs.reduce((sum, run) => sum + run.lost, 0);
  const said = `${ratio.toFixed(3)}: ${mean((run) => run.whileHalved).toFixed(1)}/s while halved, ${mean((run) => run.atEnd).toFixed(1)}/s of ${ALLOWED_PER_SECOND} at the end, ${toPercent(mean((run) => run.limitedShare))} 429 (${toPercent(mean((run) => run.limitedShareFromStart))} from the start), ${early} early, ${lost} lost`;
  say(`change, ${kind}: ${said}`);
  return { kind, ratio, said, isSound: early === 0 && lost === 0 };
}

async function measureUnnamed(kind: Kind, say: Say) {
  const starts = PHASES_MS.map((phaseMs) => {
    return { kind, latencyMs: LATENCY_MS, measuredMs: 30_000, phaseMs };
  });
  const ours = await Promise.all(
    starts.map((start) => simulate([1], { ...start, toRetryAfterMs: () => undefined })),
  );
  const theirs = await Promise.all(starts.map(simulateSdkRule));
  const perSecond = toMean(ours.map((run) => run.perSecondFromStart));
  const named = toMean(theirs.map((run) => run.perSecondFromStart));
  const ratio = perSecond / named;
  const said = `${ratio.toFixed(3)}: ${perSecond.toFixed(1)}/s from the start; the SDK's rule, told the time, ${named.toFixed(1)}/s`;
  say(`no Retry-After, ${kind}: ${said}`);
  return { kind, ratio, said };
}

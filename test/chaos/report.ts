import { toPercentile } from '../bench/measurement.ts';
import type { FloodReport } from './flood.ts';
import type { ChaosReport } from './run-seed.ts';
import { isClean } from './verdict.ts';

/** One line of figures, and, where something went wrong, what. */
export function toLines(report: ChaosReport): readonly string[] {
  const { verdict, states, seed, people, sent, requests, killed, lateArrivals } = report;
  const facts = [
    `${people} people`,
    `${sent} sent`,
    `${requests} requests (${Object.entries(states).map(([state, count]) => `${count} ${state}`)})`,
    `${killed} kills`,
    `${lateArrivals} late changes`,
    `${report.outlived} outlived the horizon`,
    `${report.storageStops} storage stops, ${report.hostEnds} hosts ended`,
    `${report.webexCalls} Webex calls, ${report.webexChanges} of them changes`,
    `told ${report.patience.told} times when to call again, ${report.patience.ofOthers} calls of others before`,
    `${report.seconds} s (${report.phases.join(' + ')}, time skipped ${report.skips} times)`,
  ];
  return [
    `${isClean(verdict) ? 'ok    ' : 'WRONG '} seed ${seed}: ${facts.join(', ')}`,
    ...toProblems(verdict),
    ...report.stories,
  ];
}

/** The same of a flood of removals. */
export function toFloodLines({ seed, verdict, ...report }: FloodReport): readonly string[] {
  const { killed, removed, joinerSeconds, seconds } = report;
  const joined = [0.5, 0.95, 1].map((share) => toPercentile(joinerSeconds, share)).join(' · ');
  return [
    `${isClean(verdict) ? 'ok    ' : 'WRONG '} flood ${seed}: ${killed} kills, ${removed.before} people lost something without approval, ${removed.later} in the next hour, joiners had theirs after ${joined} s (p50 · p95 · last, by the clock of the app), ${seconds} s`,
    ...toProblems(verdict),
  ];
}

const toProblems = (verdict: object): readonly string[] =>
  Object.entries(verdict).flatMap(([what, whom]: [string, readonly string[]]) =>
    whom.length === 0 ? [] : [`  ${what}: ${whom.length}: ${whom.slice(0, 10).join('; ')}`],
  );

/** Kills at each point, over all runs. */
export function toKillLines(reports: readonly ChaosReport[]): readonly string[] {
  const total = new Map<string, number>();
  for (const { kills } of reports)
    for (const [point, count] of kills) total.set(point, (total.get(point) ?? 0) + count);
  return [...total]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([point, count]) => `  ${point.padEnd(14)} ${count}`);
}

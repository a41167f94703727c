import { describe, expect, test } from '@jest/globals';
import { POINTS } from '../chaos/killer.ts';
import { toKillLines, toLines } from '../chaos/report.ts';
import { runSeed } from '../chaos/run-seed.ts';

/** Three hosts on one storage and one Webex. Another seed, or many: `npm run chaos`. */
describe('people who join, move and leave while workers are killed, and storage is away', () => {
  test('end as the newest of what was asked says, and nothing is lost or sent again', async () => {
    const report = await runSeed({
      seed: 4,
      people: 60,
      kills: 20,
      storageStops: 1,
      outage: { lastsMs: 6_000, hostRetryMs: 100 },
      overMs: 12_000,
      deadlineMs: 540_000,
    });
    process.stdout.write(`${[...toLines(report), ...toKillLines([report])].join('\n')}\n`);
    expect(Object.entries(report.verdict).filter(([, problems]) => problems.length > 0)).toEqual([]);
    expect(report.outlived).toBeGreaterThan(0);
    expect(report.sent).toBeGreaterThan(120);
    // Each of the three, at least: without storage a host gives up after 2.6 s here.
    expect(report.hostEnds).toBeGreaterThanOrEqual(3);
    expect(report.killed).toBeGreaterThanOrEqual(POINTS.length);
  }, 600_000);
});

import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type Outcome, playFolder } from '../../scenarios/play.ts';

/** What must come of each scenario of desired state, in every order of arrival that it permits. */
const play = (folder: string) => playFolder(join(import.meta.dirname, '../../scenarios', folder));
const folders = ['desired', 'rules', 'policy-language'];
const outcomes: Outcome[] = [];
for (const folder of folders) outcomes.push(...(await play(folder)));

test.each(outcomes.map(({ title, failures }) => [title, failures] as const))(
  '%s',
  (_title, failures: Outcome['failures']) => expect(failures).toEqual([]),
);

test('all scenarios are played', () => expect(outcomes.length).toBeGreaterThan(140));

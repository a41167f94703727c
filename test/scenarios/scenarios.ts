import { playFolder } from './play.ts';

/** `npm run scenarios -- <folder>`: one line for each scenario, and a last one with counts. */
const [folder = 'test/scenarios/desired'] = process.argv.slice(2);
const outcomes = await playFolder(folder);
for (const { name, title, orders, failures } of outcomes) {
  const [state, more] =
    failures.length > 0
      ? ['FAILED ', failures.map((failure) => `\n    ${failure}`).join('')]
      : ['passed ', orders > 1 ? ` (${orders} orders of arrival)` : ''];
  console.log(`${state} ${name}: ${title}${more}`);
}
const failed = outcomes.filter(({ failures }) => failures.length > 0).length;
console.log(`${outcomes.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 || outcomes.length === 0 ? 1 : 0;

import * as z from 'zod';

const count = z.number();
/** What came of an adoption, as far as it is shown. */
export const resultSchema = z.object({
  policyVersion: z.string(),
  readAt: z.string(),
  people: z.object({
    ...{ people: count, adopted: count, noEmployee: count, severalEmployees: count },
    ...{ lose: count, loseLater: count, needIdentity: count, busy: count, untold: count, outside: count },
    ...{ known: count, notFound: count, forgotten: count },
  }),
  licenses: z.array(z.object({ name: z.string(), people: count, lose: count })),
  removals: z.object({ people: count, canGoNow: count, needApproval: count }).optional(),
  unknown: z.array(z.string()),
});
type ShownAdoptionResult = z.output<typeof resultSchema>;

/** The text of an adoption that has ended: who got what, what leavers lose, and who was left out. */
export function toSummary(
  { policyVersion, readAt, people, licenses, removals, unknown }: ShownAdoptionResult,
  isDryRun: boolean,
): readonly string[] {
  const would = isDryRun ? 'would be' : 'are';
  const row = (name: string, text: string) => `  ${name.padEnd(9)} ${text}`;
  const some = (count: number, text: string) => (count === 0 ? [] : [row('', `${count} ${text}`)]);
  return [
    `${isDryRun ? 'dry run of an adoption' : 'adoption'}  policy ${policyVersion}, people read at ${readAt}`,
    row('people', `${people.people} evaluated: licenses of ${people.adopted} ${would} theirs by adoption`),
    ...some(people.noEmployee, 'of these have no employee in HR yet'),
    ...some(people.severalEmployees, 'of these have several employees'),
    ...licenses.map(({ name, people: count, lose }) =>
      row('license', `${name}: ${count}${lose > 0 ? `, of whom ${lose} left and lose it` : ''}`),
    ),
    row(
      'leavers',
      `${people.lose} ${isDryRun ? 'would lose' : 'lose'} something now, ${people.loseLater} later`,
    ),
    ...(removals && removals.people > 0
      ? [row('removals', `${removals.canGoNow} go at once, ${removals.needApproval} wait for approval`)]
      : []),
    ...(people.needIdentity + people.busy + people.untold + people.outside > 0
      ? [row('left out', 'people from whom nothing is adopted:')]
      : []),
    ...some(people.needIdentity, 'by an address that is of another person, or without one'),
    ...some(people.busy, 'whose row was written by others each time: adopt again'),
    ...some(people.untold, 'of whom Webex did not say what they hold'),
    ...some(people.outside, 'from outside the organization'),
    row(
      'employees',
      `${people.known} people whom HR named; of these, not found at Webex: ${people.notFound}`,
    ),
    ...(people.forgotten > 0
      ? [row('forgotten', `${people.forgotten} whom HR never named and who have gone from Webex`)]
      : []),
    ...unknown.map((name) =>
      row('unknown', `the policy manages "${name}", which the catalogue does not have`),
    ),
  ];
}

import { toFailure, WebexFailure } from '../../src/webex/errors/failure.ts';
import { personSchema, userLicensesSchema } from '../../src/webex/user-licenses.ts';
import type { WebexDeps } from '../../src/worker/attempt/webex-calls.ts';
import type { Scenario, Step } from './scenario.ts';

type Named = { readonly email?: string | undefined; readonly personId?: string | undefined };

/** Webex with the people of a scenario. It refuses what the scenario says, and nothing else. */
export function createScenarioWebex(scenario: Scenario) {
  const people = new Map(
    scenario.people.map(({ id, emails, held }) => [id, { id, emails, held: new Set(held) }]),
  );
  let fails = new Map<string, string>();
  const find = ({ email, personId }: Named) =>
    personId === undefined
      ? [...people.values()].find(({ emails }) =>
          emails.some((one) => one.toLowerCase() === email?.toLowerCase()),
        )
      : people.get(personId);

  const webex: WebexDeps['webex'] = {
    people: {
      async find(who) {
        const found = find(who);
        if (found === undefined) return undefined;
        return personSchema.parse({ id: found.id, emails: found.emails, licenses: [...found.held] });
      },
    },
    licenses: {
      async assignLicensesToUsers({ licenses = [], ...who }) {
        const person = find(who);
        if (person === undefined) throw toFailure({ status: 404, body: '' }, 'person');
        const refused = licenses.map(({ id }) => fails.get(id)).find((reason) => reason !== undefined);
        if (refused !== undefined) {
          const [code] = /\d+/.exec(refused) ?? [];
          const condition = refused.replace(/ ?\d+$/, '');
          const errors = [{ ...(code !== undefined && { code: Number(code) }), description: refused }];
          throw new WebexFailure({ condition, remedy: 'permanent', status: 400, errors });
        }
        for (const { id, operation = 'add' } of licenses)
          if (operation === 'add') person.held.add(id);
          else person.held.delete(id);
        const user = userLicensesSchema.parse({
          personId: person.id,
          licenses: [...person.held],
          siteUrls: [],
        });
        return { isPartial: false, trackingId: 'scenario', user: { ...user, licenses: [...person.held] } };
      },
    },
  };
  return {
    webex,
    held: (email: string) => [...(find({ email })?.held ?? [])],
    everybody: () => [...people.values()],
    idOf: (email: string) => find({ email })?.id,
    refuse(reasons: Readonly<Record<string, string>>) {
      fails = new Map(Object.entries(reasons));
    },
    change({ id, gone, emails, held }: NonNullable<Step['webex']>) {
      const known = people.get(id);
      if (gone) people.delete(id);
      else people.set(id, { id, emails: emails ?? known?.emails ?? [], held: new Set(held ?? known?.held) });
    },
  };
}

import type { Command } from 'commander';
import * as z from 'zod';
import { type Api, ApiFailure, getPages } from './api.ts';
import { JsonOption, listOf, printAs, printPages } from './json-output.ts';
import { createTable } from './table.ts';
import { print, say } from './terminal.ts';

export const licenseSchema = z.object({
  id: z.string(),
  name: z.string(),
  subscriptionId: z.string().nullish(),
  siteUrl: z.string().nullish(),
  totalUnits: z.number().nullish(),
  consumedUnits: z.number().nullish(),
  freeUnits: z.number().optional(),
  isPool: z.boolean().optional(),
});
export type ShownLicense = z.output<typeof licenseSchema>;
const licensesSchema = listOf(licenseSchema);

const userSchema = z.object({
  personId: z.string(),
  emails: z.array(z.string()),
  displayName: z.string().optional(),
  type: z.string(),
});
const personSchema = userSchema.extend({
  licenses: z.array(z.object({ id: z.string(), name: z.string().optional() })).optional(),
  siteUrls: z.array(z.string()).optional(),
  readAt: z.string(),
});
/** Of a person whom HR knows and the snapshot lacks. */
const unreadSchema = z.object({ readAt: z.undefined().optional() });

/** The commands that show licenses, and who holds them. */
export function addLicenses(program: Command, api: () => Api): void {
  const licenses = program
    .command('licenses')
    .description('list the licenses of the organization, with their free seats')
    .addOption(new JsonOption(licensesSchema))
    .action(async (options: { json?: true }) => {
      printAs(options, await api().get('/licenses', licensesSchema), ({ items }) => toLicenseTable(items));
    });
  licenses
    .command('show <license>')
    .description('show a license, by its id or its name, and who held it in the latest people snapshot')
    .addOption(new JsonOption(licenseSchema.extend(listOf(userSchema).shape)))
    .action(async (name: string, _options: object, command: Command) => {
      // The parser gives an option that both have to the command above.
      const { json } = command.optsWithGlobals<{ json?: true }>();
      const path = `/licenses/${encodeURIComponent(name)}`;
      const head = await api().get(path, licenseSchema);
      if (!json) print(...toLicenseTable([head]));
      const toLines = (users: readonly z.output<typeof userSchema>[]) => users.map(toUserLine);
      const pages = getPages(api(), `${path}/users`, {});
      if ((await printPages(pages, { json, head, schema: userSchema, toLines })) === 0)
        say('No person held it.');
    });
  program
    .command('who <emailOrId>')
    .description('show a person and their licenses, by the latest people snapshot')
    .addOption(new JsonOption(personSchema))
    .action(async (name: string, options: { json?: true }) => {
      const found = await api().get(`/people/${encodeURIComponent(name)}`, z.unknown());
      if (unreadSchema.safeParse(found).success)
        throw new ApiFailure(`HR knows ${name}, and the people snapshot does not: seatline why ${name}`);
      const person = personSchema.parse(found);
      if (person.licenses === undefined) say('Webex did not tell the licenses.');
      printAs(options, person, toPersonLines);
    });
}

const toPersonLines = (person: z.output<typeof personSchema>): readonly string[] => [
  ...[toUserLine(person), `  person   ${person.personId}`, `  read     ${person.readAt}`],
  ...(person.licenses ?? []).map(({ id, name }) => `  license  ${name ?? id}`),
  ...(person.siteUrls ?? []).map((site) => `  site     ${site}`),
];

const toUserLine = ({ emails, displayName, personId, type }: z.output<typeof userSchema>): string =>
  [emails.join(' ') || personId, displayName, type === 'EXTERNAL' ? '(external)' : undefined]
    .filter(Boolean)
    .join('  ');

/** Licenses as a table. Counts of licenses that are no pool of seats say nothing, and are left out. */
export function toLicenseTable(licenses: readonly ShownLicense[]): readonly string[] {
  const table = createTable([
    { heading: 'LICENSE' },
    ...['FREE', 'USED', 'TOTAL'].map((heading) => ({ heading, isNumber: true }) as const),
    { heading: 'SUBSCRIPTION', shortenAs: 1 },
    { heading: 'SITE', shortenAs: 2 },
  ]);
  return table(
    licenses.map(({ name, isPool, freeUnits, consumedUnits, totalUnits, subscriptionId, siteUrl }) => [
      name,
      ...(isPool ? [freeUnits, consumedUnits, totalUnits] : ['', '', '']).map((count) => String(count ?? '')),
      ...[subscriptionId ?? '', siteUrl ?? ''],
    ]),
  );
}

import { once } from 'node:events';
import type { Command } from 'commander';
import * as z from 'zod';
import { type Api, ApiFailure, getPages } from './api.ts';
import { print, say } from './terminal.ts';

const licenseSchema = z.object({
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
    .action(async () => {
      const { items } = await api().get('/licenses', z.object({ items: z.array(licenseSchema) }));
      print(...toLicenseTable(items));
    });
  licenses
    .command('show <license>')
    .description('show a license, by its id or its name, and who held it in the latest people snapshot')
    .action(async (license: string) => {
      const path = `/licenses/${encodeURIComponent(license)}`;
      print(...toLicenseTable([await api().get(path, licenseSchema)]));
      let count = 0;
      for await (const items of getPages(api(), `${path}/users`, {})) {
        count += items.length;
        const lines = items.map((item) => toUserLine(userSchema.parse(item)));
        if (lines.length > 0 && !print(...lines)) await once(process.stdout, 'drain');
      }
      if (count === 0) say('Nobody held it.');
    });
  program
    .command('who <emailOrId>')
    .description('show a person and their licenses, by the latest people snapshot')
    .action(async (name: string) => {
      const found = await api().get(`/people/${encodeURIComponent(name)}`, z.unknown());
      if (unreadSchema.safeParse(found).success)
        throw new ApiFailure(`HR knows ${name}, and the people snapshot does not: seatline why ${name}`);
      const person = personSchema.parse(found);
      print(toUserLine(person), `  person   ${person.personId}`, `  read     ${person.readAt}`);
      if (person.licenses === undefined) say('Webex did not tell the licenses.');
      print(...(person.licenses ?? []).map(({ id, name: named }) => `  license  ${named ?? id}`));
      print(...(person.siteUrls ?? []).map((site) => `  site     ${site}`));
    });
}

const toUserLine = ({ emails, displayName, personId, type }: z.output<typeof userSchema>): string =>
  [emails.join(' ') || personId, displayName, type === 'EXTERNAL' ? '(external)' : undefined]
    .filter(Boolean)
    .join('  ');

const HEADER = ['FREE', 'USED', 'TOTAL', 'LICENSE', 'SUBSCRIPTION', 'SITE'];

/** Licenses as a table. Counts of licenses that are no pool of seats say nothing, and are left out. */
export function toLicenseTable(licenses: readonly ShownLicense[]): readonly string[] {
  const rows = licenses.map(
    ({ name, isPool, freeUnits, consumedUnits, totalUnits, subscriptionId, siteUrl }) => [
      ...(isPool ? [freeUnits, consumedUnits, totalUnits] : ['', '', '']).map((count) => String(count ?? '')),
      ...[name, subscriptionId ?? '', siteUrl ?? ''],
    ],
  );
  const table = [HEADER, ...rows];
  const widths = HEADER.map((_, column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0)));
  return table.map((cells) =>
    cells
      .map((cell, column) =>
        column < 3 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

import type { Command } from 'commander';
import type { Api } from './api.ts';
import { locationsSchema } from './calling-properties.ts';
import { print, say } from './terminal.ts';

export function addLocations(program: Command, api: () => Api): void {
  program
    .command('locations')
    .description('list the locations of the organization, which a Calling license needs')
    .option('--json', 'the whole answer of the app')
    .action(async ({ json }: { json?: true }) => {
      const answer = await api().get('/locations', locationsSchema);
      if (json) return void print(JSON.stringify(answer));
      const width = Math.max(
        ...['LOCATION', ...answer.items.map(({ name }) => name)].map(({ length }) => length),
      );
      print(
        ...[{ name: 'LOCATION', id: 'ID' }, ...answer.items].map(
          ({ name, id }) => `${name.padEnd(width)}  ${id}`,
        ),
      );
      if (answer.items.length === 0) say('The organization has no location.');
    });
}

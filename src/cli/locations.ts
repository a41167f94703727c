import type { Command } from 'commander';
import type { Api } from './api.ts';
import { locationsSchema } from './calling-properties.ts';
import { JsonOption, printAs } from './json-output.ts';
import { createTable } from './table.ts';
import { say } from './terminal.ts';

export function addLocations(program: Command, api: () => Api): void {
  program
    .command('locations')
    .description('list the locations of the organization, which a Calling license needs')
    .addOption(new JsonOption(locationsSchema))
    .action(async (options: { json?: true }) => {
      const answer = await api().get('/locations', locationsSchema);
      const table = createTable([{ heading: 'LOCATION' }, { heading: 'ID' }]);
      printAs(options, answer, ({ items }) => table(items.map(({ name, id }) => [name, id])));
      if (answer.items.length === 0) say('The organization has no location.');
    });
}

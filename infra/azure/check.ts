/** Part of `npm run check`: the cloud files can be read, and name what the code names. */
import { readdir, readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import * as z from 'zod';
import { CONTAINERS, QUEUES, TABLES } from '../../src/contract/names.ts';
import { SETTING_NAMES } from '../../src/platform/settings.ts';
import { readBicep } from './bicep.ts';
import { compareNames } from './compare.ts';

const FOLDER = 'infra/azure';

const azdSchema = z.object({
  infra: z.object({ path: z.literal(FOLDER), module: z.literal('main') }),
  services: z.object({ api: z.object({ host: z.literal('function'), project: z.literal('.') }) }),
});

const code = {
  queues: Object.values(QUEUES),
  tables: Object.values(TABLES),
  containers: Object.values(CONTAINERS),
  settings: SETTING_NAMES,
};
const problems: string[] = [];
const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.bicep'));
for (const file of files) {
  const facts = await readBicep(await readFile(`${FOLDER}/${file}`, 'utf8'));
  problems.push(...facts.syntaxErrors.map((error) => `${FOLDER}/${file}:${error}`));
  if (file === 'main.bicep')
    problems.push(...compareNames(facts, code).map((problem) => `${FOLDER}/${file}: ${problem}`));
}
const azd = azdSchema.safeParse(parse(await readFile('azure.yaml', 'utf8')));
if (!azd.success) problems.push(`azure.yaml: ${z.prettifyError(azd.error)}`);

if (problems.length > 0) {
  process.stderr.write(`${problems.join('\n')}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`Cloud files: ${files.length} Bicep file read, names and settings as in the code.\n`);
}

/** Part of `npm run check`: the cloud files can be read, name what the code names, and agree with each other. */
import { readdir, readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import * as z from 'zod';
import { SETTING_NAMES } from '../../src/config/settings.ts';
import { CONTAINERS, QUEUES, TABLES } from '../../src/storage/names.ts';
import { readBicep } from './bicep.ts';
import { compareNames } from './compare.ts';
import { compareDeployment } from './deployment.ts';

const FOLDER = 'infra/azure';

const service = z.object({
  host: z.literal('function'),
  project: z.literal('.'),
  language: z.literal('js'),
  remoteBuild: z.literal(false),
});
const azdSchema = z.object({
  infra: z.object({ path: z.literal(FOLDER), module: z.literal('main') }),
  services: z.record(z.string(), service),
});
const hostSchema = z.object({ version: z.literal('2.0') });
const packageSchema = z.object({ main: z.string() });
const parametersSchema = z.object({ parameters: z.record(z.string(), z.unknown()) });
const localSettingsSchema = z.object({ Values: z.record(z.string(), z.string()) });

const code = {
  queues: Object.values(QUEUES),
  tables: Object.values(TABLES),
  containers: Object.values(CONTAINERS),
  settings: SETTING_NAMES,
};
const problems: string[] = [];

/** Reads YAML, or JSON, which is YAML too. Undefined, and a problem, where it is not of the schema. */
async function read<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  let content: unknown;
  try {
    content = parse(await readFile(file, 'utf8'));
  } catch (error) {
    problems.push(`${file}: ${String(error).split('\n')[0]}`);
    return undefined;
  }
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  problems.push(...parsed.error.issues.map((issue) => `${file}: ${issue.path.join('.')} ${issue.message}`));
  return undefined;
}

const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.bicep'));
const [azd, , manifest, parameters, local] = await Promise.all([
  read('azure.yaml', azdSchema),
  read('host.json', hostSchema),
  read('package.json', packageSchema),
  read(`${FOLDER}/main.parameters.json`, parametersSchema),
  read('local.settings.example.json', localSettingsSchema),
]);
const funcignore = await readFile('.funcignore', 'utf8');
for (const file of files) {
  const facts = await readBicep(await readFile(`${FOLDER}/${file}`, 'utf8'));
  problems.push(...facts.syntaxErrors.map((error) => `${FOLDER}/${file}:${error}`));
  if (file !== 'main.bicep') continue;
  problems.push(...compareNames(facts, code).map((problem) => `${FOLDER}/${file}: ${problem}`));
  if (!azd || !manifest || !parameters || !local) continue;
  const deployment = {
    serviceNames: Object.keys(azd.services),
    main: manifest.main,
    funcignore,
    parameters: Object.keys(parameters.parameters),
    localSettings: Object.keys(local.Values),
  };
  problems.push(...compareDeployment(deployment, facts, SETTING_NAMES));
}

if (problems.length > 0) {
  process.stderr.write(`${problems.join('\n')}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`Cloud files: ${files.length} Bicep file read, names and settings as in the code.\n`);
}

import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { parseSources, type Source } from '../hr/sources/sources.ts';
import { UsageFailure } from './api.ts';
import { LOCAL_HR_SOURCES } from './local-sources.ts';
import { readJson, toName } from './text-input.ts';

/** The settings of this folder, as `npm start` reads them. */
const SETTINGS_FILE = 'local.settings.json';
const KEY_VAULT = /^@Microsoft\.KeyVault\(/i;
const NEEDED = '{"Values": {"HR_SOURCES": "…"}} as local.settings.json has it, or the value of HR_SOURCES';

const settingsSchema = z.looseObject({ Values: z.looseObject({ HR_SOURCES: z.string().optional() }) });

/** The setting HR_SOURCES, and where it was found. */
interface Found {
  readonly text: string;
  readonly place: string;
}

/**
 * The HR source of a name, by the app's own setting: of the named file, else of the environment, else of
 * `local.settings.json`, else, for an app on this machine, that of `npm start`. Secrets are no arguments of a command:
 * other users of a machine can read those.
 */
export async function readSource(
  name: string,
  from: { readonly file?: string | undefined; readonly url: string },
): Promise<{ readonly source: Source; readonly place: string }> {
  const { text, place } = await find(from);
  if (KEY_VAULT.test(text))
    throw new UsageFailure(
      `HR_SOURCES of ${place} is a reference to Key Vault: give its value, as in "az keyvault secret show --id <SecretUri> --query value -o tsv | seatline hr send … --settings -".`,
    );
  const sources = parseSources(text);
  if (typeof sources === 'string') throw new UsageFailure(`HR_SOURCES of ${place} ${sources}.`);
  const source = sources.get(name);
  if (source === undefined)
    throw new UsageFailure(
      `HR_SOURCES of ${place} has no source "${name}". It has: ${[...sources.keys()].join(', ') || 'none'}.`,
    );
  return { source, place };
}

async function find({ file, url }: { file?: string | undefined; url: string }): Promise<Found> {
  if (file !== undefined) return readSettings(file);
  // biome-ignore lint/style/noProcessEnv: as an option, the secret would stand on the command line
  const set = process.env.HR_SOURCES;
  if (set) return { text: set, place: 'the environment' };
  const isThere = await readFile(SETTINGS_FILE).then(
    () => true,
    () => false,
  );
  const own = isThere ? await readSettings(SETTINGS_FILE, '') : undefined;
  if (own?.text) return own;
  if (isOfThisMachine(url)) return { text: LOCAL_HR_SOURCES, place: 'npm start' };
  throw new UsageFailure(
    'The secret of the source is needed, to sign with: set HR_SOURCES as the app has it, or name a file that has it by --settings (- is standard input).',
  );
}

/** @param missing what stands for a setting that the file does not have; without it, that is a mistake */
async function readSettings(file: string, missing?: string): Promise<Found> {
  const json = await readJson(file, NEEDED);
  const settings = settingsSchema.safeParse(json);
  const text = settings.success ? (settings.data.Values.HR_SOURCES ?? missing) : JSON.stringify(json);
  if (text === undefined) throw new UsageFailure(`${toName(file)} has no HR_SOURCES; needed is ${NEEDED}.`);
  return { text, place: toName(file) };
}

const isOfThisMachine = (url: string) =>
  URL.canParse(url) && ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname);

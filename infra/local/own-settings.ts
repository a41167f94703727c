import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { settingsSchema } from '../../src/config/settings.ts';
import { decodeText } from '../../src/platform/text-file.ts';

/** Settings of one's own for this machine, and what to say of them. */
export interface OwnSettings {
  readonly settings: Readonly<Record<string, string>>;
  /** True where they have a token for the real Webex. */
  readonly isRealWebex: boolean;
  readonly lines: readonly string[];
}

export const SETTINGS_FILE = 'local.settings.json';

const fileSchema = z.looseObject({
  IsEncrypted: z.boolean().default(false),
  Values: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String)),
});

/** Read by the Functions host, and by nothing else. */
const HOST_SETTINGS = /^(FUNCTIONS_|AzureFunctions|AzureWebJobs|WEBSITE_)/;
const LOCAL_TOKEN = 'local-admin-token';

/**
 * Reads `Values` of a settings file as the Functions tools do: what the environment sets counts before it. Storage is
 * always that of this machine; Webex is the simulator unless there is a token for the real one.
 * @throws where the file is named and not there, or has a mistake
 */
export async function readOwnSettings(
  named: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<OwnSettings> {
  const file = named ?? SETTINGS_FILE;
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && named === undefined) return undefined;
    throw new Error(`${file} cannot be read (${error.code}).`);
  });
  const values = bytes ? parseValues(file, bytes) : {};
  const own = Object.fromEntries(
    [...Object.keys(values), 'WEBEX_ACCESS_TOKEN', 'WEBEX_API_URL'].flatMap((name) => {
      const value = environment[name] || values[name];
      return value ? [[name, value]] : [];
    }),
  );
  const isRealWebex =
    (own.WEBEX_ACCESS_TOKEN !== undefined && own.WEBEX_ACCESS_TOKEN !== LOCAL_TOKEN) ||
    own.WEBEX_REFRESH_TOKEN !== undefined;
  const { AzureWebJobsStorage: _storage, WEBEX_ACCESS_TOKEN, WEBEX_API_URL, ...others } = own;
  const settings = isRealWebex
    ? {
        ...others,
        ...(WEBEX_ACCESS_TOKEN && { WEBEX_ACCESS_TOKEN }),
        ...(WEBEX_API_URL && { WEBEX_API_URL }),
      }
    : others;
  return { settings, isRealWebex, lines: bytes ? toLines(file, Object.keys(settings)) : [] };
}

function parseValues(file: string, bytes: Uint8Array): Readonly<Record<string, string>> {
  const parsed = fileSchema.safeParse(toJson(file, bytes));
  if (!parsed.success) throw new Error(`${file} must be {"Values": {"NAME": "text", …}}, each value a text.`);
  if (parsed.data.IsEncrypted) throw new Error(`${file} is encrypted: run "func settings decrypt" first.`);
  return parsed.data.Values;
}

function toJson(file: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decodeText(bytes));
  } catch (error) {
    throw new Error(`${file} is not JSON: ${error instanceof SyntaxError ? 'see its syntax' : error}`);
  }
}

function toLines(file: string, names: readonly string[]): readonly string[] {
  const known = names.filter((name) => name in settingsSchema.shape);
  const unknown = names.filter((name) => !known.includes(name) && !HOST_SETTINGS.test(name));
  return [
    `Settings   ${file}: ${known.length > 0 ? known.join(', ') : 'none that Seatline knows'}`,
    ...(unknown.length > 0
      ? [`           not known to Seatline, and without effect: ${unknown.join(', ')}`]
      : []),
  ];
}

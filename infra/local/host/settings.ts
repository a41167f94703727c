export type Settings = Readonly<Record<string, string>>;

/** Azurite on its default ports. Source: https://learn.microsoft.com/azure/storage/common/storage-use-azurite */
const DEVELOPMENT_STORAGE =
  'DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;' +
  'AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;' +
  'BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1;' +
  'TableEndpoint=http://127.0.0.1:10002/devstoreaccount1;';

/** Replaces each `%NAME%` by the setting. @throws where there is no such setting, or a `%` is not closed */
export function expandSettings(text: string, settings: Settings): string {
  if (text.split('%').length % 2 === 0) throw new Error(`"${text}" has a % that is not closed.`);
  return text.replace(/%([^%]*)%/g, (_match, name: string) => {
    const value = settings[name];
    if (value === undefined) throw new Error(`'%${name}%' does not resolve to a value: set ${name}.`);
    return value;
  });
}

/** The connection string that a binding's `connection` names: `AzureWebJobs<name>` first, then `<name>`. */
export function toConnectionString(connection: string | undefined, settings: Settings): string {
  const name = connection || 'AzureWebJobsStorage';
  const value = settings[`AzureWebJobs${name}`] || settings[name];
  if (!value) throw new Error(`The connection ${name} is not set: the local host needs a connection string.`);
  return /^UseDevelopmentStorage=true;?$/i.test(value.trim()) ? DEVELOPMENT_STORAGE : value;
}

/** `AzureWebJobs.<function>.Disabled` keeps a function from being loaded. */
export const isDisabled = (functionName: string, settings: Settings): boolean =>
  ['true', '1'].includes(settings[`AzureWebJobs.${functionName}.Disabled`]?.toLowerCase() ?? '');

/** The real host's limit where no setting says another one. Source: FUNCTIONS_REQUEST_BODY_SIZE_LIMIT */
const MAX_BODY_BYTES = 210_000_000;

/** The most bytes of a request's body; more are answered 413, without a body, by the host itself. */
export const toMaxBodyBytes = ({ FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: limit }: Settings): number =>
  Number(limit) || MAX_BODY_BYTES;

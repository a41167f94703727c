import type { StorageConfig } from './storage-config.ts';

/** The app's own identity: the managed one in Azure, that of a developer elsewhere. */
export async function createCredential(config: StorageConfig) {
  const { DefaultAzureCredential } = await import('@azure/identity');
  const clientId = config.kind === 'identity' ? config.clientId : undefined;
  return new DefaultAzureCredential(clientId === undefined ? {} : { managedIdentityClientId: clientId });
}

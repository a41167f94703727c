/** How to reach one storage account: with keys, or as the app's identity. */
export type StorageConfig =
  | { readonly kind: 'connection-string'; readonly connectionString: string }
  | {
      readonly kind: 'identity';
      readonly clientId: string | undefined;
      readonly blobUrl: string;
      readonly queueUrl: string;
      readonly tableUrl: string;
    };

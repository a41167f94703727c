/** How the app authenticates at Webex: a token that a person renews, or a Service App whose tokens the app renews. */
export type WebexCredentials =
  | { readonly kind: 'token'; readonly accessToken: string }
  | {
      readonly kind: 'service-app';
      readonly clientId: string;
      readonly clientSecret: string;
      readonly refreshToken: string;
      /** Of the Key Vault for its tokens; without it, they are sealed in storage. */
      readonly keyVaultUrl: string | undefined;
    };

/** A problem of the access to Webex that a person has to solve. */
export interface AccessWarning {
  readonly condition: string;
  /** The problem, and what to do. */
  readonly text: string;
  /** Webex cannot be called, or soon will not be. */
  readonly isAlarm: boolean;
}

/** The access token for calls of the Webex API. */
export interface AccessTokens {
  /** @throws {WebexFailure} where there is no valid token */
  current(): Promise<string>;
  /** A new token in place of one that Webex refused; undefined where there is none. */
  replace(refused: string): Promise<string | undefined>;
  /** What a person should do about the tokens; undefined where there is nothing to do. */
  warning(): Promise<AccessWarning | undefined>;
}

/** A token from the settings: a person renews it. */
export const createStaticToken = (accessToken: string): AccessTokens => ({
  current: async () => accessToken,
  replace: async () => undefined,
  warning: async () => undefined,
});

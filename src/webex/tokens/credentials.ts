/** Who the app is at Webex: a token that a person renews, or a Service App whose tokens the app renews. */
export type WebexCredentials =
  | { readonly kind: 'token'; readonly accessToken: string }
  | {
      readonly kind: 'service-app';
      readonly clientId: string;
      readonly clientSecret: string;
      readonly refreshToken: string;
      /** Where its tokens are kept; without it, sealed in storage. */
      readonly keyVaultUrl: string | undefined;
    };

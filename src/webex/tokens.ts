/** The access token that calls of the Webex API are made with. */
export interface AccessTokens {
  /** One to use now. @throws {WebexFailure} where none can be had */
  current(): Promise<string>;
  /** Another one than the one that Webex refused; undefined where there is none. */
  replace(refused: string): Promise<string | undefined>;
  /** What a person should do in good time; undefined where there is nothing to do. */
  warning(): Promise<string | undefined>;
}

/** A token from the settings: nobody renews it but a person. */
export const createStaticToken = (accessToken: string): AccessTokens => ({
  current: async () => accessToken,
  replace: async () => undefined,
  warning: async () => undefined,
});

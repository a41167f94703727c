/** Something about the access to Webex that a person has to do something about. */
export interface AccessWarning {
  readonly condition: string;
  /** What is wrong, and what to do. */
  readonly text: string;
  /** Webex cannot be called, or soon will not be. */
  readonly isAlarm: boolean;
}

/** The access token that calls of the Webex API are made with. */
export interface AccessTokens {
  /** One to use now. @throws {WebexFailure} where none can be had */
  current(): Promise<string>;
  /** Another one than the one that Webex refused; undefined where there is none. */
  replace(refused: string): Promise<string | undefined>;
  /** What a person should do in good time; undefined where there is nothing to do. */
  warning(): Promise<AccessWarning | undefined>;
}

/** A token from the settings: nobody renews it but a person. */
export const createStaticToken = (accessToken: string): AccessTokens => ({
  current: async () => accessToken,
  replace: async () => undefined,
  warning: async () => undefined,
});

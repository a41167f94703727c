/** A line of the app's log, or something that happened to the host. */
export interface HostLogEntry {
  /** `trace`, `debug`, `information`, `warning`, `error`, `critical`; events of the host are `host`. */
  readonly level: string;
  /** Of an event: its name, a colon and what is to say of it. */
  readonly message: string;
  readonly functionName?: string | undefined;
  readonly invocationId?: string | undefined;
}

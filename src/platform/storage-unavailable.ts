/** Storage refused or did not answer a call, and may accept it later: an outage, a time-out, a missing permission. */
export class StorageUnavailable extends Error {
  override readonly name = 'StorageUnavailable';
  readonly during: string;
  readonly code: string;

  /** @param during the operation, such as `requests.write`; @param code of storage, such as `ServerBusy` */
  constructor(during: string, code: string, cause: unknown) {
    super(`Storage is unavailable: ${during}: ${code}`, { cause });
    this.during = during;
    this.code = code;
  }
}

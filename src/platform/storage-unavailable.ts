/** Storage did not do what it was asked, and may later: an outage, a time-out, a missing right. */
export class StorageUnavailable extends Error {
  override readonly name = 'StorageUnavailable';
  readonly during: string;
  readonly code: string;

  /** @param during the operation, such as `ledger.add`; @param code the storage's own, such as `ServerBusy` */
  constructor(during: string, code: string, cause: unknown) {
    super(`Storage is unavailable: ${during}: ${code}`, { cause });
    this.during = during;
    this.code = code;
  }
}

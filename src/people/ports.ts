/**
 * The container `people`: the snapshots, and the parts that they are made of. Everybody's addresses are in it, so few
 * may read it.
 */
export interface PeopleStore {
  /** Writes a file whole, in the place of the one that is there. The bytes may change once it is written. */
  write(path: string, bytes: Buffer): Promise<void>;
  /** Undefined where there is no such file. @param range at least one byte */
  read(
    path: string,
    range?: { readonly offset: number; readonly bytes: number },
  ): Promise<Buffer | undefined>;
  /** Removes the files below a folder, but for those in these folders below it. */
  removeOthers(folder: string, kept: readonly string[]): Promise<void>;
}

/** A part of a file, in bytes. */
export interface ByteRange {
  readonly offset: number;
  /** At least one. */
  readonly bytes: number;
}

/**
 * The container `people`: the snapshots, and the parts that they are made of. Everybody's addresses are in it, so few
 * may read it.
 */
export interface PeopleStore {
  /** Writes a file whole, in the place of the one that is there. The bytes may change once it is written. */
  write(path: string, bytes: Buffer): Promise<void>;
  /** Undefined where there is no such file. */
  read(path: string, range?: ByteRange): Promise<Buffer | undefined>;
  /** Removes the files below a folder, but for those in these folders below it. */
  removeOthers(folder: string, kept: readonly string[]): Promise<void>;
}

/** The result of a refused write: the record has changed since the writer read it. */
export const VERSION_CONFLICT = 'version-conflict';
export type VersionConflict = typeof VERSION_CONFLICT;

/**
 * Repeats a read, a decision and a write until the write meets no other writer.
 * @param readAndWrite reads the record again each time
 * @param maxAttempts each conflict means that another writer got through: many in a row are a fault
 * @returns the first result without a conflict, or the conflict of the last attempt
 */
export async function retryOnConflict<T>(
  readAndWrite: () => Promise<T | VersionConflict>,
  maxAttempts = 5,
): Promise<T | VersionConflict> {
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const result = await readAndWrite();
    if (result !== VERSION_CONFLICT) return result;
  }
  return VERSION_CONFLICT;
}

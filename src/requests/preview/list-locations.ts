import { type HttpAnswer, TRY_AGAIN_AFTER_SECONDS, toProblem } from '../../http/problem.ts';
import { orFailure, WebexFailure } from '../../webex/errors/failure.ts';
import type { Location } from '../../webex/locations.ts';

interface Deps {
  /** Of the token's own organization. @throws {WebexFailure} */
  readonly readLocations: () => Promise<readonly Location[]>;
}

/** Lists the locations, by name: files of people name them, and a request takes their ids. */
export function createListLocations({ readLocations }: Deps) {
  return async function listLocations(): Promise<HttpAnswer> {
    const found = await orFailure(readLocations());
    if (found instanceof WebexFailure)
      return toProblem('webex-unavailable', {
        detail: found.condition,
        retryAfterSeconds: TRY_AGAIN_AFTER_SECONDS,
      });
    const items = found
      .map(({ id, name }) => ({ id, name }))
      .sort((a, b) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1));
    return { status: 200, headers: { 'cache-control': 'no-store' }, jsonBody: { items } };
  };
}

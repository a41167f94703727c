import type { Catalogue } from './catalogue.ts';
import { WebexFailure } from './failure.ts';

interface Deps {
  readonly catalogue: Pick<Catalogue, 'refresh'>;
  /** What a person should do in good time about the access to Webex. */
  readonly warning: () => Promise<string | undefined>;
}

/** Looks whether Webex answers. A limit of the rate is nothing wrong with it: those who call wait. */
export function createWebexCheck({ catalogue, warning }: Deps) {
  return async (): Promise<string> => [await look(), await warning()].filter(Boolean).join('; ');

  async function look(): Promise<string> {
    try {
      return `lists ${(await catalogue.refresh()).length} licenses`;
    } catch (error) {
      if (!(error instanceof WebexFailure && error.condition === 'rate-limited')) throw error;
      return 'limits the rate';
    }
  }
}

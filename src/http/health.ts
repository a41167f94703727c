import type { HttpAnswer } from './problem.ts';

/** Looks at one dependency. @returns what it saw; throws a named failure where it is not well */
export type HealthCheck = () => Promise<string>;

const CHECK_TIMEOUT_MS = 8_000;

/** Answers 200 where all dependencies are well, else 503; each is named, with what is wrong. */
export function createHealth(checks: Readonly<Record<string, HealthCheck>>) {
  return async (): Promise<HttpAnswer> => {
    const looked = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await look(check)] as const),
    );
    const isWell = looked.every(([, { ok }]) => ok);
    return {
      status: isWell ? 200 : 503,
      headers: { 'cache-control': 'no-store' },
      jsonBody: { status: isWell ? 'ok' : 'failing', dependencies: Object.fromEntries(looked) },
    };
  };
}

async function look(check: HealthCheck): Promise<{ ok: boolean; detail: string }> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS / 1_000} s`)),
      CHECK_TIMEOUT_MS,
    );
  });
  try {
    return { ok: true, detail: await Promise.race([check(), tooLate]) };
  } catch (error) {
    // The messages of this app's failures name conditions and codes, and hold no secret and no person's data.
    return { ok: false, detail: error instanceof Error ? error.message : 'unknown failure' };
  } finally {
    clearTimeout(timer);
  }
}

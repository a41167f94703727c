import * as z from 'zod';
import { toBackoffMs } from '../platform/backoff.ts';
import { readDate } from '../platform/dates.ts';
import { callHttp } from '../platform/http-client.ts';
import { toPathSegment } from '../platform/path-segment.ts';
import { foldWords } from '../platform/words.ts';
import type { AskHr, HrProfile } from './resolve.ts';
import type { Source } from './sources/sources.ts';

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 1_048_576;
const MAX_TRIES = 3;

/** HR does not answer, or refuses: the event is looked at again. */
export class HrUnavailable extends Error {
  override readonly name = 'HrUnavailable';
}

/** Whatever it is: what cannot be read of a member is said of that member, and holds up no other. */
const told = z.unknown().optional();

/** Fields of BambooHR that matter here. Source: https://documentation.bamboohr.com/reference/get-employee */
const BAMBOO_FIELDS =
  'workEmail,status,hireDate,terminationDate,department,division,location,jobTitle,employmentHistoryStatus';
const bambooSchema = z
  .looseObject({ workEmail: told, status: told, hireDate: told, terminationDate: told })
  .transform(({ workEmail, status, hireDate, terminationDate, ...attributes }): HrProfile => {
    return { email: workEmail, status, startsOn: hireDate, endsOn: terminationDate, attributes };
  });

/** Source: https://apidocs.hibob.com/reference/get_people-identifier */
const hibobSchema = z
  .looseObject({
    email: told,
    work: z.looseObject({ department: told, site: told, title: told, startDate: told }).nullish(),
    internal: z.looseObject({ status: told, terminationDate: told }).nullish(),
  })
  .transform(
    ({ email, work, internal }): HrProfile => ({
      email,
      status: toHiBobStatus(internal?.status, internal?.terminationDate),
      startsOn: work?.startDate,
      endsOn: internal?.terminationDate,
      attributes: { department: work?.department, location: work?.site, jobTitle: work?.title },
    }),
  );

/**
 * In HiBob, employees on leave are inactive, too: only a last day beside it tells that they have left.
 * Source: https://apidocs.hibob.com/reference/post_webhook_employee-inactivated
 */
const toHiBobStatus = (status: unknown, lastDay: unknown) =>
  typeof status === 'string' && foldWords(status) === 'inactive' && readDate(lastDay).kind === 'none'
    ? undefined
    : status;

/**
 * Asks BambooHR or HiBob who an employee is, where the source has credentials for it.
 * @throws {HrUnavailable} after three tries; the message has the status, and nothing of the employee
 */
export function createAskHr(sleep: (delayMs: number) => Promise<void>): AskHr {
  return async (source, employeeId) => {
    const { api, preset } = source;
    if (!api || (preset !== 'bamboohr' && preset !== 'hibob')) return undefined;
    const id = toPathSegment(employeeId);
    if (id === undefined) return undefined;
    const path = preset === 'bamboohr' ? `/employees/${id}?fields=${BAMBOO_FIELDS}` : `/people/${id}`;
    const schema = preset === 'bamboohr' ? bambooSchema : hibobSchema;
    for (let tries = 1; ; tries += 1) {
      const { status, body } = await ask(api, path);
      if (status === 404) return undefined;
      const profile = schema.safeParse(body);
      if (status === 200 && profile.success) return profile.data;
      const isPassing = status === undefined || status === 429 || status >= 500;
      if (!isPassing || tries >= MAX_TRIES)
        throw new HrUnavailable(
          `${source.name} answers ${status ?? 'nothing'}${status === 200 ? ', but no employee' : ''}`,
        );
      await sleep(toBackoffMs({ attempt: tries, baseMs: 1_000, capMs: 10_000 }));
    }
  };
}

async function ask({ url, user, password }: NonNullable<Source['api']>, path: string) {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  try {
    const { status, body } = await callHttp(`${url.replace(/(?<!\/)\/+$/, '')}${path}`, {
      method: 'GET',
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_ANSWER_BYTES,
      headers: { authorization, accept: 'application/json' },
    });
    return { status, body: toJson(body) };
  } catch {
    // The message of the error may hold the URL: what matters is that there was no whole answer.
    return { status: undefined, body: undefined };
  }
}

function toJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}

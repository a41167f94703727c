import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import { writtenDateSchema } from '../hr/hr-event.ts';
import type { Said } from '../hr/sources/samples/said.ts';
import { toContentType, toSample } from '../hr/sources/samples/sample.ts';
import { sign } from '../hr/sources/sign.ts';
import type { Source } from '../hr/sources/sources.ts';
import { emailSchema } from '../platform/email.ts';
import { type Api, ApiFailure, UsageFailure } from './api.ts';
import { FAILED, UNFINISHED } from './exit-codes.ts';
import { printHrEvent, type ReadHrEvent, readHrEvent } from './hr-show.ts';
import { readSource } from './hr-sources.ts';
import { hasEnded } from './hr-text.ts';
import { print, say } from './terminal.ts';
import { timeoutOption } from './timeout-option.ts';

const CHECK_EVERY_MS = 1_000;
const SIGN_EVERY_MS = 4_000;

interface Options {
  readonly kind: Said['kind'];
  readonly employee?: string;
  readonly email?: string;
  readonly attribute?: Readonly<Record<string, string>>;
  readonly effective?: string;
  readonly settings?: string;
  readonly wait?: true;
  readonly timeout: number;
}

/** @param toUrl the base of the HTTP functions */
export function addHrSend(hr: Command, api: () => Api, toUrl: () => string): void {
  hr.command('send')
    .description('send a sample event, signed as the HR system of the source signs, to see what comes of it')
    .argument('<source>', 'its name in HR_SOURCES')
    .addOption(
      new Option('--kind <kind>', 'what happens')
        .choices(['joiner', 'mover', 'leaver'])
        .makeOptionMandatory(),
    )
    .option('--employee <id>', "HR's id of the employee")
    .option('--email <address>', 'where the HR system sends one', toParser(emailSchema))
    .option('--attribute <name=value>', 'such as department=Sales; again for each attribute', collect)
    .option(
      '--effective <day>',
      'the first or last day, such as 2026-12-01, or a time with offset',
      toParser(writtenDateSchema),
    )
    .option(
      '--settings <file>',
      'has HR_SOURCES, with the secret to sign with: as local.settings.json, or its value alone; - for standard input. Without it: the environment, local.settings.json, or that of npm start',
    )
    .option('--wait', 'until it has ended, or needs a person')
    .addOption(timeoutOption())
    .action(async (name: string, options: Options) => {
      const { source, place } = await readSource(name, { file: options.settings, url: toUrl() });
      say(`signed by the first of "secrets" of ${name}, in HR_SOURCES of ${place}`);
      const eventKeys = await send(api(), toUrl(), source, options);
      if (options.wait) await followEvents(api(), eventKeys, options.timeout);
    });
}

/** @returns the keys of the events that the app took */
async function send(api: Api, url: string, source: Source, options: Options): Promise<readonly string[]> {
  const { kind, employee: employeeId, email, attribute: attributes = {}, effective } = options;
  if (employeeId === undefined && email === undefined)
    throw new UsageFailure('Say who it is about: --employee, --email or both.');
  const [at, id] = [new Date(), `msg_${randomUUID()}`];
  const sample = toSample(source, { kind, employeeId, email, attributes, effective, at, id });
  if (typeof sample === 'string')
    throw new UsageFailure(`${source.name} (${source.preset}) cannot send this: ${sample}.`);
  const body = JSON.stringify(sample);
  const secret = source.secrets[0] ?? '';
  const proof = sign(source.scheme, secret, { body, at, id });
  const headers = { 'content-type': toContentType(source), ...proof };
  const path = `/hr-events/${source.name}`;
  print(
    `POST ${url.replace(/(?<!\/)\/+$/, '')}${path}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value.replaceAll(secret, '(the secret)')}`),
    body,
  );
  return toEventKeys(await api.postSigned(path, { headers, body }), source);
}

const answerSchema = z.object({
  events: z.array(
    z.object({
      eventKey: z.string(),
      kind: z.string(),
      failure: z.string().optional(),
      detail: z.string().optional(),
    }),
  ),
});

/** What to do about an answer that is no success. */
const REMEDIES: Readonly<Record<number, string>> = {
  401: 'the secret of the app is another one, or the clock of this machine is wrong: the app logs which, as hr-webhook-refused',
  404: 'HR_SOURCES of the app has no such source, or --url is wrong',
  503: 'storage is away, or HR_SOURCES of the app is empty: seatline doctor',
};

function toEventKeys(answer: { status: number; body: unknown }, { name }: Source): readonly string[] {
  const { status } = answer;
  print(`answered ${status}: ${JSON.stringify(answer.body)}`);
  const taken = answerSchema.safeParse(answer.body);
  if (status !== 200 || !taken.success)
    throw new ApiFailure(`${name} was answered ${status}: ${REMEDIES[status] ?? 'see the answer'}.`);
  for (const { eventKey, failure } of taken.data.events) {
    print(`seatline hr show ${eventKey}`);
    if (failure !== undefined) process.exitCode = FAILED;
  }
  return taken.data.events.map(({ eventKey }) => eventKey);
}

/** Shows each event once it and its requests have ended, or wait for a day, a seat or a person. */
async function followEvents(api: Api, eventKeys: readonly string[], timeoutSeconds: number): Promise<void> {
  const endMs = Date.now() + timeoutSeconds * 1_000;
  for (const eventKey of eventKeys) {
    let read = await readHrEvent(api, eventKey);
    let saidAtMs = 0;
    while (isMoving(read) && Date.now() < endMs) {
      if (Date.now() >= saidAtMs + SIGN_EVERY_MS) {
        say(`${eventKey}  ${[read.shown.state, ...read.requests.values()].join(', ')}`);
        saidAtMs = Date.now();
      }
      await delay(CHECK_EVERY_MS);
      read = await readHrEvent(api, eventKey);
    }
    printHrEvent(read);
    if (isOpen(read)) process.exitCode = UNFINISHED;
  }
}

/** States that go on by themselves soon; `waiting` and `scheduled` may last for days. */
const MOVING: ReadonlySet<string> = new Set(['accepted', 'queued', 'working']);
const OPEN: ReadonlySet<string> = new Set([...MOVING, 'waiting', 'scheduled']);
const isMoving = ({ shown, requests }: ReadHrEvent) =>
  [shown.state, ...requests.values()].some((state) => MOVING.has(state));
const isOpen = ({ shown, requests }: ReadHrEvent) =>
  !hasEnded(shown) || [...requests.values()].some((state) => OPEN.has(state));

const toParser = (schema: z.ZodType<string>) => (text: string) => {
  const parsed = schema.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError(`It ${parsed.error.issues[0]?.message}.`);
  return parsed.data;
};

function collect(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  const name = text.slice(0, Math.max(at, 0)).trim();
  if (name === '') throw new InvalidArgumentError('Say it as name=value, such as department=Sales.');
  return { ...before, [name]: text.slice(at + 1) };
}

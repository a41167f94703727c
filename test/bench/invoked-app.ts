import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { installCore } from '../../infra/local/host/core-module.ts';
import { toHttpInput } from '../../infra/local/host/http-request.ts';
import { createInvoker } from '../../infra/local/host/invocation.ts';
import type { RpcHttp, TypedData } from '../../infra/local/host/rpc.ts';
import {
  type MessageFacts,
  toQueueMetadata,
  toTypedMetadata,
} from '../../infra/local/host/trigger-metadata.ts';

/** A Functions app in this process, invoked as its host would: the host's own HTTP and polling are left out. */
export interface InvokedApp {
  post(name: string, path: string, body: unknown): Promise<RpcHttp>;
  take(name: string, message: MessageFacts & { readonly messageText: string }): Promise<void>;
  tick(name: string): Promise<void>;
}

const capabilitiesSchema = z.looseObject({ HttpUri: z.string().optional() }).default({});
const agent = new Agent({ keepAlive: true });

/** To an app that streams, its host forwards the request itself. */
async function forward(
  url: URL,
  invocationId: string,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): Promise<RpcHttp> {
  const more = {
    'x-ms-invocation-id': invocationId,
    'x-forwarded-host': '127.0.0.1',
    'x-forwarded-proto': 'http',
  };
  const sent = request(url, { method: 'POST', agent, headers: { ...headers, ...more } }).end(body);
  const [answer]: IncomingMessage[] = await once(sent, 'response');
  if (answer === undefined) throw new Error('no answer');
  await once(answer.resume(), 'end');
  return { statusCode: `${answer.statusCode}` };
}

/** @param entry the app's entry file; it reads its settings from `process.env` */
export async function loadInvokedApp(record: string): Promise<InvokedApp> {
  const core = installCore(() => {});
  const { invoke } = createInvoker(core, () => {});
  await import(pathToFileURL(record).href);
  const { HttpUri: httpUri } = capabilitiesSchema.parse(await core.model()?.getCapabilities?.({}));
  core.lock();
  const triggers = new Map(
    [...core.functions.values()].map(({ metadata: { name, bindings } }) => {
      const trigger = Object.entries(bindings).find(([, { type }]) => /trigger$/i.test(type));
      return [name, trigger?.[0] ?? ''];
    }),
  );
  const traceParent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
  const run = (
    name: string,
    data: TypedData,
    metadata: Readonly<Record<string, unknown>>,
    invocationId: string = randomUUID(),
  ) =>
    invoke({
      invocationId,
      functionId: name,
      inputData: [{ name: triggers.get(name) ?? '', data }],
      triggerMetadata: toTypedMetadata(metadata),
      traceContext: { traceParent, traceState: '', attributes: {} },
    });

  return {
    async post(name, path, value) {
      const body = Buffer.from(JSON.stringify(value));
      const headers = { 'content-type': 'application/json', 'content-length': String(body.byteLength) };
      const url = new URL(path, 'http://127.0.0.1');
      const { http, metadata } = toHttpInput({ method: 'POST', url, headers, params: {}, body });
      if (httpUri !== undefined) {
        const invocationId = randomUUID();
        const forwarded = forward(new URL(path, httpUri), invocationId, headers, body);
        const [answer] = await Promise.all([forwarded, run(name, { http: {} }, metadata, invocationId)]);
        return answer;
      }
      const { returnValue } = await run(name, { http }, metadata);
      return returnValue?.http ?? {};
    },
    async take(name, message) {
      await run(name, { string: message.messageText }, toQueueMetadata(message, message.messageText));
    },
    async tick(name) {
      await run(name, { json: '{}' }, {});
    },
  };
}

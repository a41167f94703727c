import { randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';
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

/** @param entry the app's entry file; it reads its settings from `process.env` */
export async function loadInvokedApp(entry: string): Promise<InvokedApp> {
  const core = installCore(() => {});
  const { invoke } = createInvoker(core, () => {});
  await import(pathToFileURL(entry).href);
  core.lock();
  const triggers = new Map(
    [...core.functions.values()].map(({ metadata: { name, bindings } }) => {
      const trigger = Object.entries(bindings).find(([, { type }]) => /trigger$/i.test(type));
      return [name, trigger?.[0] ?? ''];
    }),
  );
  const traceParent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
  const run = (name: string, data: TypedData, metadata: Readonly<Record<string, unknown>>) =>
    invoke({
      invocationId: randomUUID(),
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

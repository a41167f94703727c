import { app, type HttpFunctionOptions, type HttpRequest, type HttpResponseInit } from '@azure/functions';
import type { OperationName } from '../src/app.ts';
import type { Route } from '../src/http/openapi/to-operation.ts';
import type { HttpAnswer } from '../src/http/problem.ts';
import { answerFailure } from '../src/http/problem.ts';
import { createLog, type Log } from '../src/platform/log.ts';

// The host passes a body without a length, which many clients send, only to an app that streams.
app.setup({ enableHttpStream: true });

interface Options extends Omit<Route, 'name' | 'methods'> {
  readonly methods: NonNullable<HttpFunctionOptions['methods']>;
  readonly handler: (request: HttpRequest, log: Log) => HttpAnswer | Promise<HttpAnswer>;
}

/** The functions that are registered so far. */
export const routes: Route[] = [];

/**
 * Registers an HTTP function that always answers: with streaming, the caller of a function that throws waits minutes.
 * @param name of a description among the operations of its room: the OpenAPI document is made of both
 */
export function httpFunction(name: OperationName, { handler, ...options }: Options): void {
  routes.push({ name, ...options });
  app.http(name, {
    ...options,
    handler: async (request, context) => {
      const log = createLog(context);
      try {
        return toResponse(await handler(request, log));
      } catch (error) {
        return toResponse(answerFailure(error, context.invocationId, log));
      }
    },
  });
}

/** Serialized inside the `try`: an answer that cannot be serialized becomes a problem. */
function toResponse({ status, headers, jsonBody, textBody }: HttpAnswer): HttpResponseInit {
  if (textBody !== undefined) return { status, headers: new Headers(headers), body: textBody };
  if (jsonBody === undefined) return { status, headers: new Headers(headers) };
  const body = JSON.stringify(jsonBody);
  return { status, headers: new Headers({ 'content-type': 'application/json', ...headers }), body };
}

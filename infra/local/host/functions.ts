import * as z from 'zod';
import type { AuthLevel } from './keys.ts';
import { createRoute, overlaps, type Route } from './routes.ts';
import type { FunctionMetadata } from './rpc.ts';
import { parseSchedule, type Schedule } from './schedule.ts';
import { expandSettings, isDisabled, type Settings, toConnectionString } from './settings.ts';

interface Common {
  readonly name: string;
  readonly functionId: string;
  readonly triggerName: string;
}

export interface HttpFunction extends Common {
  readonly kind: 'http';
  readonly route: Route;
  readonly authLevel: AuthLevel;
}

export interface QueueFunction extends Common {
  readonly kind: 'queue';
  readonly queueName: string;
  /** Undefined where the queue is a poison queue itself, or its name is too long for the suffix. */
  readonly poisonQueueName: string | undefined;
  readonly connectionString: string;
}

export interface TimerFunction extends Common {
  readonly kind: 'timer';
  readonly schedule: Schedule;
  readonly runOnStartup: boolean;
  readonly useMonitor: boolean;
}

/** A function of the app, as the local host runs it. */
export type LoadedFunction = HttpFunction | QueueFunction | TimerFunction;

/** A function as others see it. */
export interface FunctionSummary {
  readonly name: string;
  readonly trigger: LoadedFunction['kind'];
  /** Of an HTTP function, such as `api/people/{id}`. */
  readonly route?: string;
}

export const toSummary = (fn: LoadedFunction): FunctionSummary => ({
  name: fn.name,
  trigger: fn.kind,
  ...(fn.kind === 'http' && { route: fn.route.template }),
});

const triggerSchema = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('httpTrigger'),
    route: z.string().optional(),
    methods: z.array(z.string()).optional(),
    authLevel: z
      .string()
      .default('function')
      .transform((text) => text.toLowerCase())
      .pipe(z.enum(['anonymous', 'function', 'admin'])),
  }),
  z.looseObject({
    type: z.literal('queueTrigger'),
    queueName: z.string(),
    connection: z.string().optional(),
  }),
  z.looseObject({
    type: z.literal('timerTrigger'),
    schedule: z.string(),
    runOnStartup: z.boolean().default(false),
    useMonitor: z.boolean().default(true),
  }),
]);

const TRIGGERS: readonly unknown[] = ['httpTrigger', 'queueTrigger', 'timerTrigger'];
const QUEUE_NAME = /^[a-z0-9](?!.*--)[a-z0-9-]{1,61}[a-z0-9]$/;
const POISON = '-poison';

/**
 * Reads what the app registered: in the order of names, which is also the order in which routes are tried.
 * @throws naming the function that the real host would refuse, or that this one cannot run
 */
export function toLoadedFunctions(
  registered: readonly FunctionMetadata[],
  routePrefix: string,
  settings: Settings,
): readonly LoadedFunction[] {
  if (registered.length === 0) throw new Error('No functions were found: the app registered none.');
  const loaded = registered
    .filter(({ name }) => !isDisabled(name, settings))
    .sort((a, b) => (a.name.toUpperCase() < b.name.toUpperCase() ? -1 : 1))
    .map((metadata) => {
      try {
        return toLoadedFunction(metadata, routePrefix, settings);
      } catch (error) {
        throw new Error(`The function "${metadata.name}": ${error instanceof Error ? error.message : error}`);
      }
    });
  const routed = loaded.flatMap((item) => (item.kind === 'http' ? [item] : []));
  for (const [index, item] of routed.entries()) {
    const other = routed.slice(0, index).find(({ route }) => overlaps(route, item.route));
    if (other)
      throw new Error(`The functions "${other.name}" and "${item.name}" have the same route and method.`);
  }
  return loaded;
}

function toLoadedFunction(
  metadata: FunctionMetadata,
  routePrefix: string,
  settings: Settings,
): LoadedFunction {
  const { name, functionId, bindings } = metadata;
  const triggers = bindings.filter(({ type }) => /trigger$/i.test(type));
  const extra = bindings.find((binding) => !triggers.includes(binding) && binding.type !== 'http');
  if (extra)
    throw new Error(`the local host runs no binding of type "${extra.type}"; use the SDK in the function`);
  if (metadata.hasRetryPolicy) throw new Error('the local host runs no retry policy; leave "retry" out');
  const [trigger] = triggers;
  if (!TRIGGERS.includes(trigger?.type)) {
    throw new Error(
      `the local host runs no trigger of type "${trigger?.type}"; it runs http, queue and timer`,
    );
  }
  const parsed = triggerSchema.safeParse(trigger);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Error(`its ${trigger?.type} is not valid (${issues.join('; ')})`);
  }
  const common = { name, functionId, triggerName: trigger?.name ?? '' };
  const { data } = parsed;
  switch (data.type) {
    case 'httpTrigger': {
      const route = createRoute(routePrefix, data.route || name, data.methods);
      return { ...common, kind: 'http', route, authLevel: data.authLevel };
    }
    case 'queueTrigger': {
      const queueName = expandSettings(data.queueName, settings).toLowerCase();
      if (!QUEUE_NAME.test(queueName)) throw new Error(`"${queueName}" is not a name for a queue`);
      return {
        ...common,
        kind: 'queue',
        queueName,
        poisonQueueName:
          queueName.endsWith(POISON) || !QUEUE_NAME.test(`${queueName}${POISON}`)
            ? undefined
            : `${queueName}${POISON}`,
        connectionString: toConnectionString(data.connection, settings),
      };
    }
    case 'timerTrigger': {
      const { runOnStartup, useMonitor } = data;
      return {
        ...common,
        kind: 'timer',
        schedule: parseSchedule(expandSettings(data.schedule, settings)),
        runOnStartup,
        useMonitor,
      };
    }
  }
}

import * as z from 'zod';
import { ofRun } from './files.ts';

const growthSchema = z
  .object({ perDay: z.number(), slowest: z.number(), fastest: z.number() })
  .describe('How fast use grows, in units a day: the median, and the 5 % and 95 % quantiles.');
const days = z.number().int();

/** When a pool runs out, as a value. Days are from the last reading on. */
export const forecastSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('used-up') }).describe('Nothing is left, or less.'),
  z
    .object({ kind: z.literal('not-enough-history'), days })
    .describe('Fewer than 8 readings are known, or fewer than 15 days: see `readings`.'),
  z.object({
    kind: z.literal('not-within-a-year'),
    growth: growthSchema,
    earliestDays: days
      .exactOptional()
      .describe('Where it would run out within a year if use grew as fast as it did at its fastest.'),
  }),
  z.object({
    kind: z.literal('runs-out'),
    growth: growthSchema,
    days,
    earliestDays: days,
    latestDays: days.exactOptional().describe('Absent where it may not run out within a year.'),
  }),
]);

export type Forecast = z.output<typeof forecastSchema>;
export type Growth = z.output<typeof growthSchema>;

/** `forecast.json`: when each paid pool runs out. */
export const forecastFileSchema = z
  .object({
    ...ofRun,
    licenses: z.array(
      z.object({
        licenseId: z.string(),
        name: z.string(),
        subscriptionId: z.string().exactOptional(),
        siteUrl: z.string().exactOptional(),
        totalUnits: z.number(),
        consumedUnits: z.number(),
        freeUnits: z.number(),
        readings: z
          .number()
          .int()
          .exactOptional()
          .describe('What the forecast is made from: at most one a day.'),
        forecast: forecastSchema,
      }),
    ),
  })
  .meta({ title: 'forecast.json', description: 'When each paid pool of licenses runs out, with its range.' });

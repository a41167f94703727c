import { max } from 'd3-array';
import { scaleLinear, scaleUtc } from 'd3-scale';
import { area, curveStepAfter, line } from 'd3-shape';
import type { Growth } from '../../schemas/forecast.ts';
import { type DayReading, HISTORY_DAYS } from '../history.ts';
import { html, type Markup } from './html.ts';
import { toNumber } from './words.ts';

const SIZE = { width: 344, height: 148 };
const PLOT = { left: 42, right: 336, top: 12, bottom: 124 };
/** How far the forecast is drawn. */
const AHEAD_DAYS = 45;
const DAY_MS = 86_400_000;
const monthName = new Intl.DateTimeFormat('en-GB', { month: 'short', timeZone: 'UTC' });

interface Point {
  readonly day: number;
  readonly units: number;
}

export interface Trend {
  /** For the ids within the SVG. */
  readonly key: string;
  /** The chart in a sentence, for those who do not see it. */
  readonly text: string;
  readonly today: number;
  readonly readings: readonly DayReading[];
  readonly totalUnits: number;
  /** Undefined where too little is known to look ahead. */
  readonly growth: Growth | undefined;
}

/** Use and units of one pool over the last 90 days, and where its use goes: an SVG without script or style. */
export function toTrendChart({ key, text, today, readings, totalUnits, growth }: Trend): Markup {
  const last = readings.at(-1);
  const ahead = (perDay: number, from: Point) => ({
    day: today + AHEAD_DAYS,
    units: Math.max(0, from.units + perDay * AHEAD_DAYS),
  });
  const used = readings.map(({ day, consumedUnits }) => ({ day, units: consumedUnits }));
  const totals = [
    ...readings.flatMap((one) =>
      one.totalUnits === undefined ? [] : [{ day: one.day, units: one.totalUnits }],
    ),
    { day: today, units: totalUnits },
    { day: today + AHEAD_DAYS, units: totalUnits },
  ];
  const now = last && { day: last.day, units: last.consumedUnits };
  const top =
    max([...used, ...totals, ...(now && growth ? [ahead(growth.perDay, now)] : [])], ({ units }) => units) ??
    1;

  const x = scaleUtc([today - HISTORY_DAYS, today + AHEAD_DAYS].map(toDate), [PLOT.left, PLOT.right]);
  const y = scaleLinear([0, Math.max(1, top * 1.05)], [PLOT.bottom, PLOT.top]).nice(3);
  const atDay = ({ day }: Point) => round(x(toDate(day)));
  const atUnits = ({ units }: Point) => round(y(units));
  const path = line<Point>(atDay, atUnits).digits(1);
  const steps = line<Point>(atDay, atUnits).curve(curveStepAfter).digits(1);
  const filled = area<Point>(atDay, () => PLOT.bottom, atUnits).digits(1);
  const fan = area<{ day: number; low: number; high: number }>()
    .x(({ day }) => round(x(toDate(day))))
    .y0(({ low }) => round(y(low)))
    .y1(({ high }) => round(y(high)))
    .digits(1);
  const months = x.ticks(5).filter((at) => at.getUTCDate() === 1);

  return html`<svg class="trend" viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img" aria-labelledby="${key}">
<title id="${key}">${text}</title>
<clipPath id="${key}-plot"><rect x="${PLOT.left}" y="${PLOT.top - 6}" width="${PLOT.right - PLOT.left}" height="${PLOT.bottom - PLOT.top + 6}"/></clipPath>
${y.ticks(3).map(
  (
    units,
  ) => html`<line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${round(y(units))}" y2="${round(y(units))}"/>
<text x="${PLOT.left - 6}" y="${round(y(units)) + 4}" text-anchor="end">${toNumber(units)}</text>`,
)}
${months.map((at) => html`<text x="${round(x(at))}" y="${PLOT.bottom + 17}" text-anchor="middle">${monthName.format(at)}</text>`)}
<line class="today" x1="${round(x(toDate(today)))}" x2="${round(x(toDate(today)))}" y1="${PLOT.top}" y2="${PLOT.bottom}"/>
<g clip-path="url(#${key}-plot)">
<path class="fill" d="${filled(used) ?? ''}"/>
${
  now &&
  growth &&
  html`<path class="fan" d="${
    fan([
      { day: now.day, low: now.units, high: now.units },
      {
        day: today + AHEAD_DAYS,
        low: ahead(growth.slowest, now).units,
        high: ahead(growth.fastest, now).units,
      },
    ]) ?? ''
  }"/>
<path class="ahead" d="${path([now, ahead(growth.perDay, now)]) ?? ''}"/>`
}
<path class="total" d="${steps(totals) ?? ''}"/>
<path class="use" d="${path(used) ?? ''}"/>
${now && html`<circle class="now" cx="${atDay(now)}" cy="${atUnits(now)}" r="3.5"/>`}
</g>
</svg>`;
}

const toDate = (day: number) => new Date(day * DAY_MS);
const round = (value: number) => Math.round(value * 10) / 10;

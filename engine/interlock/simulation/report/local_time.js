"use strict";
/* Local times on an axis of seconds since the page's beginning, for the browser has no say in the zone.

   `page` holds `begins`, in seconds since 1970 in UTC, and `offsets`: [seconds on the axis, seconds ahead of
   UTC, abbreviation], one and one more for each change of the clocks. A "wall" is what clocks show, in
   seconds since 1970 as if that were UTC. */

const MINUTE = 60, HOUR = 3600, DAY = 86400, WEEK = 7 * DAY;
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const STEPS_S = [1, 5, 15, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR,
  12 * HOUR, DAY, 2 * DAY, WEEK];
const STEPS_MONTHS = [1, 2, 3, 6, 12, 24, 60, 120];
const LABEL_PX = 58;
const FIRST_MONDAY = 4 * DAY;

function offsetAt(page, x) {
  return page.offsets.findLast(([since]) => since <= x) ?? page.offsets[0];
}

function wallAt(page, x) {
  return page.begins + x + offsetAt(page, x)[1];
}

/** Where on the axis clocks show a wall: twice in a repeated hour, and where they jump over it, the jump. */
function placesOf(page, wall) {
  const places = page.offsets
    .map((offset) => [wall - offset[1] - page.begins, offset])
    .filter(([x, offset]) => offsetAt(page, x) === offset)
    .map(([x]) => x);
  return places.length ? [...new Set(places)] : [jumpOver(page, wall)];
}

function jumpOver(page, wall) {
  const after = page.offsets.find(([since, ahead], i) => i > 0 && wall < page.begins + since + ahead);
  return after[0];
}

function twoDigits(number) {
  return String(number).padStart(2, "0");
}

function timeOf(wall) {
  const at = new Date(wall * 1000), seconds = at.getUTCSeconds();
  const minutes = `${twoDigits(at.getUTCHours())}:${twoDigits(at.getUTCMinutes())}`;
  return seconds ? `${minutes}:${twoDigits(seconds)}` : minutes;
}

function dateOf(wall) {
  const at = new Date(wall * 1000);
  return `${DAYS[at.getUTCDay()]} ${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;
}

/** A place on the axis for a reader; with the zone's abbreviation where the page has several. */
function momentOf(page, x) {
  const second = Math.floor(x + 1e-6), wall = wallAt(page, second);
  const zone = page.offsets.length > 1 ? ` ${offsetAt(page, second)[2]}` : "";
  return `${dateOf(wall)} ${new Date(wall * 1000).getUTCFullYear()} ${timeOf(wall)}${zone}`;
}

function durationOf(seconds) {
  const whole = Math.round(seconds);
  const parts = [[Math.floor(whole / DAY), "d"], [Math.floor(whole / HOUR) % 24, "h"],
    [Math.floor(whole / MINUTE) % 60, "min"], [whole % 60, "s"]];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return "less than 1 s";
  return parts.slice(first, first + 2).filter(([count]) => count > 0).map((part) => part.join(" ")).join(" ");
}

function stepFor(span, width) {
  const shortest = span * LABEL_PX / Math.max(width, LABEL_PX);
  const seconds = STEPS_S.find((step) => step >= shortest);
  if (seconds) return { seconds };
  return { months: STEPS_MONTHS.find((count) => count * 30 * DAY >= shortest) ?? STEPS_MONTHS.at(-1) };
}

/** The walls at which a step comes round, from the last before one wall to the last before another. */
function wallsBetween(from, to, step) {
  const walls = [];
  if (step.seconds) {
    const origin = step.seconds === WEEK ? FIRST_MONDAY : 0;
    const first = Math.floor((from - origin) / step.seconds) * step.seconds + origin;
    for (let wall = first; wall <= to; wall += step.seconds) walls.push(wall);
    return walls;
  }
  const at = new Date(from * 1000);
  let month = Math.floor((at.getUTCFullYear() * 12 + at.getUTCMonth()) / step.months) * step.months;
  for (let wall = monthWall(month); wall <= to; wall = monthWall(month += step.months)) walls.push(wall);
  return walls;
}

function monthWall(month) {
  return Date.UTC(Math.floor(month / 12), month % 12, 1) / 1000;
}

/** The two lines of a tick's label, each alone; the second is written where it changes. */
function labelOf(wall, step) {
  const at = new Date(wall * 1000), year = at.getUTCFullYear(), month = MONTHS[at.getUTCMonth()];
  if (step.months) return step.months < 12 ? [month, String(year)] : [String(year), ""];
  if (step.seconds < DAY) return [timeOf(wall), dateOf(wall)];
  return [`${DAYS[at.getUTCDay()]} ${at.getUTCDate()}`, `${month} ${year}`];
}

/** Ticks between two places on the axis, as plotly takes them, for a width in pixels. */
function ticksBetween(page, from, to, width) {
  const step = stepFor(to - from, width), ticks = new Map();
  let last = "";
  for (const wall of wallsBetween(wallAt(page, from) - DAY, wallAt(page, to) + DAY, step)) {
    const places = placesOf(page, wall), isRepeated = places.length > 1 && step.seconds <= HOUR;
    for (const x of isRepeated ? places : places.slice(0, 1)) {
      if (x < from || x > to || ticks.has(x)) continue;
      const [first, second] = labelOf(step.seconds < DAY ? wallAt(page, x) : wall, step);
      const below = isRepeated ? offsetAt(page, x)[2] : second === last ? "" : second;
      ticks.set(x, below ? `${first}<br>${below}` : first);
      last = second;
    }
  }
  return { tickvals: [...ticks.keys()], ticktext: [...ticks.values()] };
}

/** The midnight with which a place's day begins. */
function dayOf(page, x) {
  return placesOf(page, Math.floor(wallAt(page, x) / DAY) * DAY)[0];
}

/** A place some calendar days and months later, at the same time of day. */
function shifted(page, x, days, months) {
  const at = new Date(wallAt(page, x) * 1000);
  at.setUTCMonth(at.getUTCMonth() + months, at.getUTCDate() + days);
  return placesOf(page, at.getTime() / 1000)[0];
}

"use strict";
/* What can be seen of the page's values between two places on the axis, in a width of pixels, as plotly takes
   it. The page holds more than a screen has columns, and thousands of shapes would make it slow. */

const TINY_PX = 2, MARK_PX = 6;

function summed(steps) {
  let sum = 0;
  return steps.map((step) => (sum += step));
}

/** A track with the places of its samples on the axis; it holds how far each is from the one before. */
function placed({ steps, trace, yaxis, ...track }) {
  return { ...track, places: summed(steps), trace: { ...trace, yaxis } };
}

/** The traces that draw a track. */
function seen(page, track, from, to, width) {
  return FORMS[track.form](page, track, { from, to, width, second_px: width / (to - from) });
}

const FORMS = { line: seenLine, gaps: seenGaps, lane: seenLane, marks: seenMarks };

function firstAfter(places, x) {
  let low = 0, high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle] <= x) low = middle + 1; else high = middle;
  }
  return low;
}

/** The numbers of the samples from the last before a view to the first after it. */
function numbersIn(places, { from, to }) {
  const first = Math.max(firstAfter(places, from) - 1, 0), last = Math.min(firstAfter(places, to), places.length - 1);
  return Array.from({ length: Math.max(last - first + 1, 0) }, (_, i) => first + i);
}

function seenLine(page, { places, y, unit, trace }, view) {
  const all = numbersIn(places, view);
  const drawn = all.length > 4 * view.width ? extremes(all, y, (i) => columnOf(places[i], view)) : all;
  return [{ ...trace, x: drawn.map((i) => places[i]), y: drawn.map((i) => y[i]),
    text: drawn.map((i) => `${y[i]}${unit}<br>${momentOf(page, places[i])}`) }];
}

function columnOf(x, view) {
  return Math.floor((x - view.from) * view.second_px);
}

/** Of each column the first, the last, the lowest and the highest sample, and the first and last gap. */
function extremes(numbers, y, column) {
  const kept = new Set();
  for (let start = 0, end; start < numbers.length; start = end) {
    for (end = start; end < numbers.length && column(numbers[end]) === column(numbers[start]); end++);
    const here = numbers.slice(start, end), known = here.filter((i) => y[i] !== null);
    const gaps = here.filter((i) => y[i] === null);
    [here[0], here.at(-1), gaps[0], gaps.at(-1)].forEach((i) => kept.add(i));
    if (known.length) {
      kept.add(known.reduce((a, b) => (y[b] < y[a] ? b : a)));
      kept.add(known.reduce((a, b) => (y[b] > y[a] ? b : a)));
    }
  }
  kept.delete(undefined);
  return [...kept].sort((a, b) => a - b);
}

function seenGaps(page, { places, lasts, trace }, view) {
  const bands = places.map((x, i) => ({ from: x, to: x + lasts[i] })).filter((band) => isIn(band, view));
  return bands.length ? [{ ...trace, ...drawnBands(page, bands, view), y: bands.map(() => 0.5) }] : [];
}

function isIn(band, view) {
  return band.to > view.from && band.from < view.to;
}

/** Bands as bars; what sticks out of the view is cut off, so that a band's text begins where it is seen. */
function drawnBands(page, bands, view, looks) {
  const starts = bands.map((band) => Math.max(band.from, view.from));
  return { base: starts, x: bands.map((band, i) => Math.min(band.to, view.to) - starts[i]),
    customdata: bands.map((band) => spanOf(page, band) + sharesOf(band, looks)) };
}

function spanOf(page, { from, to }) {
  return `${momentOf(page, from)} – ${momentOf(page, to)}<br>${durationOf(to - from)}`;
}

function seenLane(page, lane, view) {
  const bands = bandsOf(lane, view), states = [...new Set(bands.map((band) => band.state))];
  return states.map((state) => {
    const same = bands.filter((band) => band.state === state);
    const drawn = drawnBands(page, same, view, lane.looks);
    return { ...lane.trace, ...lane.looks[state], ...drawn, y: same.map(() => lane.y) };
  });
}

/** The bands of a lane within a view; where many are too narrow to be seen, one that says so. */
function bandsOf({ places, states, until, often }, view) {
  const bands = [];
  for (const i of numbersIn(places, view)) {
    const band = { from: places[i], to: places[i + 1] ?? until, state: states[i] };
    const last = bands.at(-1);
    if (!isIn(band, view)) continue;
    if (often === null || !last || !isTiny(band, view) || !(last.parts || isTiny(last, view))) bands.push(band);
    else bands[bands.length - 1] = merged(last, band, often);
  }
  return bands;
}

/** One band for two that follow each other; its parts are how long it was in which state. */
function merged(last, band, state) {
  const parts = last.parts ?? { [last.state]: last.to - last.from };
  const part = (parts[band.state] ?? 0) + band.to - band.from;
  return { from: last.from, to: band.to, state, parts: { ...parts, [band.state]: part } };
}

/** How much of a merged band's time was spent in each state, for a reader. */
function sharesOf({ from, to, parts }, looks) {
  return Object.entries(parts ?? {})
    .map(([state, seconds]) => `<br>${looks[state].text} ${Math.round(100 * seconds / (to - from))} %`).join("");
}

function isTiny(band, view) {
  return (band.to - band.from) * view.second_px < TINY_PX;
}

/** Marks, and one for several that would lie upon each other. */
function seenMarks(page, { places, said, y, trace }, view) {
  const drawn = [];
  for (const i of numbersIn(places, view)) {
    if (places[i] < view.from || places[i] > view.to) continue;
    const last = drawn.at(-1);
    if (last && (places[i] - places[last.i]) * view.second_px < MARK_PX) last.more += 1;
    else drawn.push({ i, more: 0 });
  }
  return [{ ...trace, x: drawn.map(({ i }) => places[i]), y: drawn.map(({ i }) => y[i]),
    text: drawn.map(({ i, more }) => textOf(page, page.texts[said[i]], places[i], more)) }];
}

function textOf(page, text, x, more) {
  return `${text}${more ? `<br>and ${more} more soon after` : ""}<br>${momentOf(page, x)}`;
}

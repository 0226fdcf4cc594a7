"use strict";
/* Draws the page's values with plotly. All charts of the page show the same stretch of time. */

const SMALLEST_TEXT = 0.75;
const PRINTED_PX = 680;
const CONFIG = { displayModeBar: false, displaylogo: false, doubleClick: false, plotlyServerURL: "", topojsonURL: "" };

/** Draws the charts into the page, and lets them follow the buttons, the mouse, the window and the printer. */
function draw(page) {
  const charts = page.charts.map((chart, i) => chartOf(chart, i));
  let shown = [0, page.span], unit = null, printed = null;
  const show = (from, to) => {
    shown = [from, to];
    charts.forEach((chart) => drawChart(page, chart, shown, printed));
    document.getElementById("shown").textContent = `${momentOf(page, from)} – ${momentOf(page, to)}`;
  };
  const showUnit = (from) => show(from, shifted(page, from, unit.days, unit.months));
  const move = (sign) => {
    if (unit) showUnit(shifted(page, shown[0], sign * unit.days, sign * unit.months));
    else show(...shown.map((x) => x + sign * (shown[1] - shown[0])));
  };
  const choices = {
    all: () => { unit = null; show(0, page.span); },
    earlier: () => { if (shown[0] > 0) move(-1); },
    later: () => { if (shown[1] < page.span) move(1); },
  };
  const choose = ({ show: choice, days, months }) => {
    if (choice) return choices[choice]();
    unit = { days: Number(days), months: Number(months) };
    return showUnit(dayOf(page, shown[0]));
  };
  const redraw = (width) => { printed = width; show(...shown); };
  redraw(null);
  document.querySelectorAll("#range button").forEach((button) => button.addEventListener("click", () => choose(button.dataset)));
  charts.forEach((chart) => listen(chart, {
    zoom: (from, to) => { unit = null; show(from, to); },
    all: choices.all,
    redraw: () => drawChart(page, chart, shown, printed),
  }));
  addEventListener("resize", () => redraw(null));
  addEventListener("beforeprint", () => redraw(PRINTED_PX));
  addEventListener("afterprint", () => redraw(null));
}

function chartOf(chart, number) {
  // A finger that moves over a chart scrolls the page: there, the buttons zoom.
  const dragmode = matchMedia("(pointer: coarse)").matches ? false : "zoom";
  return { plot: document.getElementById(`chart-${number}`), legend: document.getElementById(`legend-${number}`),
    tracks: chart.tracks.map(placed), layout: { ...chart.layout, dragmode }, hidden: new Set() };
}

function drawChart(page, { plot, tracks, layout, hidden }, [from, to], printed) {
  const whole = printed ?? plot.clientWidth, width = whole - layout.margin.l - layout.margin.r;
  const traces = tracks.flatMap((track) => seen(page, track, from, to, width));
  const shown = traces.map((trace) => ({ ...trace, visible: !hidden.has(trace.legendgroup) }));
  const xaxis = { ...layout.xaxis, range: [from, to], ...ticksBetween(page, from, to, width) };
  Plotly.react(plot, shown, { ...layout, width: whole, xaxis }, CONFIG);
}

function listen({ plot, legend, hidden }, { zoom, all, redraw }) {
  plot.on("plotly_relayout", (event) => {
    if (event["xaxis.range[0]"] !== undefined) zoom(event["xaxis.range[0]"], event["xaxis.range[1]"]);
  });
  plot.on("plotly_doubleclick", all);
  plot.on("plotly_afterplot", () => hideTinyTexts(plot));
  hideTinyTexts(plot);
  legend.querySelectorAll("input").forEach((box) => box.addEventListener("change", () => {
    if (box.checked) hidden.delete(box.value); else hidden.add(box.value);
    redraw();
  }));
}

/** Hides the texts that plotly has shrunk, so that they fit into their bands, until nobody can read them. */
function hideTinyTexts(plot) {
  plot.querySelectorAll(".bartext").forEach((text) => {
    const [, scale] = /scale\(([^)]*)\)/.exec(text.getAttribute("transform")) ?? [null, 1];
    text.style.visibility = scale < SMALLEST_TEXT ? "hidden" : "";
  });
}

draw(JSON.parse(document.getElementById("values").textContent));

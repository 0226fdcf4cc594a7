"use strict";
/* Unfolds the page's values and draws them with plotly. All charts of the page show the same stretch of time. */

const SMALLEST_TEXT = 0.75;
const PRINTED_PX = 680;

function summed(steps) {
  let sum = 0;
  return steps.map((step) => (sum += step));
}

/** A trace as plotly takes it, from one as the page holds it: steps of time, texts by number. */
function unfolded(page, folded) {
  const { steps, lasts, said, unit, state, name, ...trace } = folded;
  const places = summed(steps);
  if (lasts) return { ...trace, name, base: places, x: lasts, customdata: spansOf(page, places, lasts) };
  if (said) return { ...trace, name, x: places, text: places.map((x, i) => `${page.texts[said[i]]}<br>${momentOf(page, x)}`) };
  return { ...trace, name, x: places, text: places.map((x, i) => `${trace.y[i]}${unit}<br>${momentOf(page, x)}`) };
}

function spansOf(page, places, lasts) {
  return places.map((x, i) => `${momentOf(page, x)} – ${momentOf(page, x + lasts[i])}<br>${durationOf(lasts[i])}`);
}

function draw(page) {
  const isTouched = matchMedia("(pointer: coarse)").matches;
  const config = { displayModeBar: false, displaylogo: false, doubleClick: false, responsive: true,
    plotlyServerURL: "", topojsonURL: "" };
  const plots = page.charts.map((chart, i) => {
    const plot = document.getElementById(`chart-${i}`);
    // A finger that moves over a chart scrolls the page: there, the buttons zoom.
    const layout = { ...chart.layout, dragmode: isTouched ? false : "zoom" };
    Plotly.newPlot(plot, chart.data.map((trace) => unfolded(page, trace)), layout, config);
    return plot;
  });
  follow(page, plots);
  listenToLegends(plots);
}

/** Keeps the shown stretch of time, and lets the charts, the buttons and the printer follow it. */
function follow(page, plots) {
  let shown = [0, page.span], unit = null;
  const show = (from, to) => {
    shown = [from, to];
    plots.forEach((plot) => Plotly.relayout(plot, axisOf(page, plot, shown)));
    document.getElementById("shown").textContent = `${momentOf(page, from)} – ${momentOf(page, to)}`;
  };
  const showUnit = (from) => show(from, shifted(page, from, unit.days, unit.months));
  const move = (sign) => {
    if (!unit) return show(...shown.map((x) => x + sign * (shown[1] - shown[0])));
    return showUnit(shifted(page, shown[0], sign * unit.days, sign * unit.months));
  };
  const choices = {
    all: () => { unit = null; show(0, page.span); },
    earlier: () => { if (shown[0] > 0) move(-1); },
    later: () => { if (shown[1] < page.span) move(1); },
  };
  document.querySelectorAll("#range button").forEach((button) => button.addEventListener("click", () => {
    const choice = choices[button.dataset.show];
    if (choice) return choice();
    unit = { days: Number(button.dataset.days), months: Number(button.dataset.months) };
    return showUnit(dayOf(page, shown[0]));
  }));
  plots.forEach((plot) => {
    plot.on("plotly_relayout", (event) => {
      if (event["xaxis.range[0]"] === undefined) return;
      unit = null;
      show(event["xaxis.range[0]"], event["xaxis.range[1]"]);
    });
    plot.on("plotly_doubleclick", choices.all);
    plot.on("plotly_afterplot", () => hideTinyTexts(plot));
  });
  const redraw = () => show(...shown);
  addEventListener("resize", redraw);
  addEventListener("beforeprint", () => { resize(plots, PRINTED_PX); redraw(); });
  addEventListener("afterprint", () => { resize(plots, null); redraw(); });
  redraw();
}

/** Hides the texts that plotly has shrunk, so that they fit into their bands, until nobody can read them. */
function hideTinyTexts(plot) {
  plot.querySelectorAll(".bartext").forEach((text) => {
    const [, scale] = /scale\(([^)]*)\)/.exec(text.getAttribute("transform")) ?? [null, 1];
    text.style.visibility = scale < SMALLEST_TEXT ? "hidden" : "";
  });
}

function resize(plots, width) {
  plots.forEach((plot) => Plotly.relayout(plot, { width, autosize: width === null }));
}

function axisOf(page, plot, [from, to]) {
  const width = (plot.layout.width ?? plot.clientWidth) - plot.layout.margin.l - plot.layout.margin.r;
  const { tickvals, ticktext } = ticksBetween(page, from, to, width);
  return { "xaxis.range": [from, to], "xaxis.tickvals": tickvals, "xaxis.ticktext": ticktext };
}

/** A click on a legend's entry hides and shows what it names. */
function listenToLegends(plots) {
  plots.forEach((plot, i) => document.querySelectorAll(`#legend-${i} input`).forEach((box) => {
    box.addEventListener("change", () => {
      const traces = plot.data.flatMap((trace, n) => (trace.legendgroup === box.value ? [n] : []));
      Plotly.restyle(plot, { visible: box.checked }, traces);
    });
  }));
}

if (typeof document !== "undefined") draw(JSON.parse(document.getElementById("values").textContent));

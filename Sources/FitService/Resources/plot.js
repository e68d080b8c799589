'use strict';
// The plot: points, laws and forecasts, drawn to the width of its element and read by pointer or keys.
//
// A chart is {xLabel, yLabel, level, series: [{name, points, heldOut, curve, breaks, limit, predictions}]}
// with points as [x, y], and curve and predictions as {x, y, y_law, lower, upper}. Whatever comes from
// outside becomes text nodes and numbers, never markup.

const svgNames = 'http://www.w3.org/2000/svg';
const superscripts = {'-': '⁻', 0: '⁰', 1: '¹', 2: '²', 3: '³', 4: '⁴', 5: '⁵', 6: '⁶', 7: '⁷', 8: '⁸', 9: '⁹'};

/** A number for readers: so many digits, powers of ten beyond a million or below a ten-thousandth. */
function short(value, digits = 3) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const [mantissa, power] = value.toExponential(digits - 1).split('e').map(Number);
  if (power >= -4 && power < 6) return String(Number(value.toPrecision(Math.max(digits, power + 1)))).replace('-', '−');
  return raised(String(mantissa).replace('-', '−'), power);
}

function raised(multiple, power) {
  return (multiple === '1' ? '10' : multiple + '×10') + [...String(power)].map((c) => superscripts[c]).join('');
}

/** An axis: `share` places a value between 0 and 1, or nowhere (NaN). */
function makeAxis(log, low, high) {
  const coordinate = log ? (v) => (v > 0 ? Math.log10(v) : NaN) : (v) => v;
  return {
    log, low, high,
    share: (v) => (v === null || v === undefined ? NaN : (coordinate(v) / 2 - low / 2) / (high / 2 - low / 2)),
    value: (c) => (log ? 10 ** c : c),
  };
}

/** Round places with labels that stay apart: decades first when they say enough. */
function ticks(axis, length, extent) {
  const candidates = [];
  const inside = (c) => c >= axis.low && c <= axis.high;
  if (axis.log) {
    const first = Math.floor(axis.low), last = Math.ceil(axis.high);
    const places = (multiples, stride) => {
      const found = [];
      for (let d = first; d <= last; d++) {
        if (d % stride === 0) for (const m of multiples) if (inside(Math.log10(m) + d)) found.push([m, d]);
      }
      const plain = found.every(([, d]) => d >= -3 && d < 5);
      return found.map(([m, d]) => {
        const value = Number(`${m}e${d}`);
        return {value, label: plain ? short(value) : raised(String(m), d)};
      });
    };
    for (const multiples of [[1, 2, 5], [1, 3], [1]]) candidates.push(places(multiples, 1));
    for (const stride of [2, 3, 5, 10, 20, 50, 100, 200]) candidates.push(places([1], stride));
  }
  const low = axis.value(axis.low), high = axis.value(axis.high);
  if (!axis.log || axis.high - axis.low < 2) {
    for (let count = 9; count >= 1; count--) {
      const rough = high / count - low / count;
      const power = Math.floor(Math.log10(rough));
      const step = [1, 2, 5, 10].map((f) => f * 10 ** power).find((s) => s >= rough);
      if (!(step > 0) || Math.abs(low / step) > 2 ** 53 || Math.abs(high / step) > 2 ** 53) continue;
      candidates.push(steps(Math.ceil(low / step), Math.floor(high / step), step));
    }
  }
  const apart = (list) => list.length <= 9 && list.every((tick, i) => i === 0
    || (axis.share(tick.value) - axis.share(list[i - 1].value)) * length
      >= (extent(tick.label) + extent(list[i - 1].label)) / 2);
  const fitting = candidates.filter(apart);
  return fitting.find((list) => list.length >= 3)
    ?? fitting.reduce((best, list) => (list.length > best.length ? list : best), []);
}

function steps(first, last, step) {
  const values = [];
  for (let i = first; i <= last; i++) values.push(i === 0 ? 0 : i * step);
  const largest = Math.max(...values.map(Math.abs), 0);
  const power = largest > 0 ? Math.floor(Math.log10(largest) + 1e-12) : 0;
  const unit = power >= -4 && power < 6 ? 0 : power;
  const decimals = Math.min(100, Math.max(0, unit - Math.floor(Math.log10(step) + 1e-9)));
  return values.map((value) => {
    if (value === 0) return {value, label: '0'};
    const text = (value / 10 ** unit).toFixed(decimals).replace('-', '−');
    return {value, label: unit === 0 ? text : raised(text, unit)};
  });
}

/** The axes that show every point, and of what is fitted as much as leaves the points readable. */
function view(chart, linear) {
  const measured = chart.series.flatMap((s) => [...s.points, ...s.heldOut]);
  const samples = chart.series.flatMap((s) => [...s.curve, ...s.predictions]);
  const logX = !linear && measured.every(([x]) => x > 0), logY = !linear && measured.every(([, y]) => y > 0);
  const on = (log) => (v) => (v === null || v === undefined ? NaN : log ? (v > 0 ? Math.log10(v) : NaN) : v);
  const atX = on(logX), atY = on(logY);
  const extent = (values) => values.reduce(
    (e, v) => (Number.isFinite(v) ? {low: Math.min(e.low, v), high: Math.max(e.high, v)} : e), {low: Infinity, high: -Infinity});
  const grown = (e, values, reach, base = e) => {
    const room = reach === Infinity ? Infinity : reach * (base.high - base.low || 0.1 * Math.max(Math.abs(base.low), 1));
    const more = extent(values);
    return {
      low: Math.min(e.low, Math.max(more.low, base.low - room)), high: Math.max(e.high, Math.min(more.high, base.high + room)),
    };
  };
  const axis = (log, e, margin) => {
    if (!(e.high >= e.low)) return makeAxis(log, 0, 1);
    const width = e.high - e.low, size = Math.max(Math.abs(e.low), Math.abs(e.high));
    const space = width <= 1e-12 * size ? Math.max(0.05 * size, 0.05) : width * margin;
    return makeAxis(log, e.low - space, e.high + space);
  };
  const x = grown(extent(measured.map(([v]) => atX(v))), samples.map((s) => atX(s.x)), linear ? 1.5 : Infinity);
  const seen = samples.filter((s) => atX(s.x) >= x.low && atX(s.x) <= x.high);
  const points = extent(measured.map(([, v]) => atY(v)));
  let y = grown(points, seen.flatMap((s) => [atY(s.y), atY(s.y_law)]), 1.5);
  if (chart.series.length <= 4) y = grown(y, seen.flatMap((s) => [atY(s.lower), atY(s.upper)]), 0.75, points);
  return {x: axis(logX, x, 0.03), y: axis(logY, y, 0.05)};
}

/** An SVG element with attributes and text. */
function drawn(name, attributes, text) {
  const element = document.createElementNS(svgNames, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

const dashes = ['none', '9 4', '3 3', '12 3 3 3'];
const markers = [
  (x, y, r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`,
  (x, y, r) => `M${x - 0.9 * r} ${y - 0.9 * r}h${1.8 * r}v${1.8 * r}h${-1.8 * r}Z`,
  (x, y, r) => `M${x} ${y - 1.2 * r}l${1.1 * r} ${2 * r}h${-2.2 * r}Z`,
  (x, y, r) => `M${x} ${y - 1.35 * r}l${1.35 * r} ${1.35 * r}l${-1.35 * r} ${1.35 * r}l${-1.35 * r} ${-1.35 * r}Z`,
  (x, y, r) => `M${x} ${y + 1.2 * r}l${1.1 * r} ${-2 * r}h${-2.2 * r}Z`,
];

/** How the parts of the i-th of n curves look; what colour tells, a shape or a dash tells too. */
function appearance(index, count) {
  if (count === 1) return {points: 'ink', held: 'held', law: 'law', dash: 'none', marker: markers[0], heldMarker: markers[3]};
  const colour = `s${index % 6}`;
  const marker = markers[index % 5];
  return {points: colour, held: colour, law: colour, dash: dashes[index % 4], marker, heldMarker: marker};
}

class Plot {
  #element; #tip; #legend; #read; #chart = null; #linear = false; #ring = null;
  /** Where values can be read: points and predictions in order of x, and the law between them. */
  #places = []; #samples = []; #current = -1;

  constructor(element, tip, legend, read) {
    this.#element = element; this.#tip = tip; this.#legend = legend; this.#read = read;
    new ResizeObserver(() => this.#draw()).observe(element);
    element.addEventListener('pointermove', (event) => this.#hover(event));
    for (const leaving of ['pointerleave', 'blur']) element.addEventListener(leaving, () => this.#show(null));
    element.addEventListener('keydown', (event) => {
      const step = {ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity}[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const last = this.#places.length - 1;
      this.#current = Math.max(0, Math.min(last, this.#current + step));
      this.#show(this.#places[this.#current]);
      // Only what keys ask for is spoken.
      this.#read.textContent = this.#tip.textContent.replaceAll('\n', ', ');
    });
  }

  set linear(isLinear) { this.#linear = isLinear; this.#draw(); }
  set chart(chart) { this.#chart = chart; this.#draw(); }

  #draw() {
    this.#show(null);
    this.#current = -1;
    const chart = this.#chart, width = this.#element.clientWidth;
    if (!chart || width < 50) return;
    const height = Math.round(Math.min(520, Math.max(300, width * 0.62)));
    const {x, y} = view(chart, this.#linear);
    const em = (text) => [...text].length * 8.4;
    const yTicks = ticks(y, height - 70, () => 30);
    const left = 34 + Math.max(20, ...yTicks.map((t) => em(t.label))), right = width - 24;
    const labels = chart.series.length === 1 ? chart.series[0].breaks.filter((b) => x.share(b.x) >= 0 && x.share(b.x) <= 1) : [];
    const top = labels.length ? 30 : 12, bottom = height - 50;
    const atX = (v) => left + x.share(v) * (right - left), atY = (v) => bottom - y.share(v) * (bottom - top);
    const round = (v) => Math.round(Math.max(-1e5, Math.min(1e5, v)) * 10) / 10;
    const svg = drawn('svg', {viewBox: `0 0 ${width} ${height}`, height, 'font-size': 14, 'aria-hidden': 'true'});
    const clip = drawn('clipPath', {id: 'axes'});
    clip.append(drawn('rect', {x: left, y: top, width: Math.max(0, right - left), height: bottom - top}));
    svg.append(clip);

    const xTicks = ticks(x, right - left, (label) => em(label) + 12);
    const stroke = (parent, d, colour, attributes = {}) => {
      if (d) parent.append(drawn('path', {d, class: colour, fill: 'none', stroke: 'currentColor', ...attributes}));
    };
    stroke(svg, xTicks.map((t) => `M${round(atX(t.value))} ${top}V${bottom}`).join('')
      + yTicks.map((t) => `M${left} ${round(atY(t.value))}H${right}`).join(''), 'gridline');
    const inner = drawn('g', {'clip-path': 'url(#axes)'});
    svg.append(inner);
    stroke(svg, `M${left} ${top}V${bottom}H${right}`, 'ink');
    for (const t of xTicks) svg.append(drawn('text', {x: round(atX(t.value)), y: bottom + 20, 'text-anchor': 'middle', class: 'ink'}, t.label));
    for (const t of yTicks) svg.append(drawn('text', {x: left - 8, y: round(atY(t.value)) + 5, 'text-anchor': 'end', class: 'ink'}, t.label));
    const cut = (text, most) => ([...text].length * 8.4 > most ? [...text].slice(0, Math.floor(most / 8.4) - 1).join('') + '…' : text);
    svg.append(drawn('text', {x: (left + right) / 2, y: height - 8, 'text-anchor': 'middle', class: 'ink'}, cut(chart.xLabel, right - left)));
    svg.append(drawn('text', {transform: `translate(16 ${(top + bottom) / 2}) rotate(-90)`, 'text-anchor': 'middle', class: 'ink'}, cut(chart.yLabel, bottom - top)));

    this.#places = [];
    this.#samples = [];
    const count = chart.series.length;
    const total = chart.series.reduce((n, s) => n + s.points.length + s.heldOut.length, 0);
    const radius = total > 300 ? 2.2 : total > 60 ? 3.2 : 4.4;
    let apart = false;
    chart.series.forEach((series, index) => {
      const style = appearance(index, count);
      const name = count > 1 ? `${series.name}: ` : '';
      const line = (pick) => {
        let pen = 'M';
        return series.curve.map((sample) => {
          const px = atX(sample.x), py = atY(pick(sample));
          if (!Number.isFinite(px) || !Number.isFinite(py)) { pen = 'M'; return ''; }
          const piece = `${pen}${round(px)} ${round(py)}`;
          pen = 'L';
          return piece;
        }).join('');
      };
      const isApart = count === 1 && [...series.curve, ...series.predictions].some(
        (s) => Math.abs(y.share(s.y) - y.share(s.y_law)) > 0.01);
      apart ||= isApart;
      const forecast = isApart ? 'forecast' : style.law;
      const band = series.curve.filter((s) => s.lower !== null && s.upper !== null && Number.isFinite(x.share(s.x)));
      if (count <= 4 && band.length > 1) {
        const end = (v, otherwise) => round(Number.isFinite(atY(v)) ? atY(v) : otherwise);
        const d = 'M' + [...band.map((s) => `${round(atX(s.x))} ${end(s.upper, top - 99)}`),
          ...band.reverse().map((s) => `${round(atX(s.x))} ${end(s.lower, bottom + 99)}`)].join('L') + 'Z';
        inner.append(drawn('path', {d, class: `${forecast} fitted`, fill: 'currentColor', 'fill-opacity': count > 1 ? 0.1 : 0.16}));
      }
      const points = drawn('g', {});
      const put = (list, marker, colour, hollow, kind) => {
        const cells = new Set();
        let d = '';
        for (const [vx, vy] of list) {
          const px = atX(vx), py = atY(vy);
          if (!Number.isFinite(px) || !Number.isFinite(py)) continue;
          this.#places.push({px, py, text: `${name}${kind}\nx = ${short(vx, 6)}\ny = ${short(vy, 6)}`, x: vx});
          const cell = `${Math.round(2 * px)},${Math.round(2 * py)}`;
          if (cells.has(cell)) continue;
          cells.add(cell);
          d += marker(round(px), round(py), radius);
        }
        if (d) points.append(drawn('path', hollow
          ? {d, class: colour, fill: 'none', stroke: 'currentColor', 'stroke-width': 1.8}
          : {d, class: colour, fill: 'currentColor', 'fill-opacity': list.length > 150 ? 0.6 : 0.9}));
      };
      put(series.points, style.marker, style.points, false, 'fitted point');
      put(series.heldOut, style.heldMarker, style.held, true, 'held out');
      if (total > 150) inner.append(points);
      if (count === 1) {
        if (y.share(series.limit) >= 0 && y.share(series.limit) <= 1) {
          stroke(inner, `M${left} ${round(atY(series.limit))}H${right}`, 'ink fitted', {'stroke-dasharray': '10 3 2 3'});
        }
        if (isApart) stroke(inner, line((s) => s.y), 'forecast fitted', {'stroke-width': 2.2, 'stroke-dasharray': '12 4'});
      }
      stroke(inner, line((s) => (count > 1 ? s.y ?? s.y_law : s.y_law ?? s.y)), `${style.law} fitted`,
        {'stroke-width': total > 150 ? 1.4 : 2.2, 'stroke-dasharray': style.dash, 'stroke-linejoin': 'round'});
      if (total <= 150) inner.append(points);
      for (const sample of series.curve) {
        const px = atX(sample.x), py = atY(sample.y ?? sample.y_law);
        if (!(px >= left && px <= right && py >= top && py <= bottom)) continue;
        const texts = [`${name}x = ${short(sample.x, 4)}`, `law ${short(sample.y_law, 4)}`];
        if (sample.y !== null && isApart) texts.push(`forecast ${short(sample.y, 4)}`);
        if (sample.lower !== null) texts.push(`${short(sample.lower, 4)} to ${short(sample.upper, 4)}`);
        this.#samples.push({px, py, text: texts.join('\n')});
      }
      for (const p of series.predictions) {
        const px = atX(p.x), py = atY(p.y);
        if (!Number.isFinite(px) || !Number.isFinite(py)) continue;
        const range = p.lower === null ? '' : `\n${short(p.lower, 4)} to ${short(p.upper, 4)}`;
        this.#places.push({px, py, text: `${name}forecast\nx = ${short(p.x, 6)}\ny = ${short(p.y, 4)}${range}`, x: p.x});
        if (count > 1) continue;
        const bar = p.lower === null ? ''
          : `M${px - 4} ${round(Math.max(-999, Number.isFinite(atY(p.upper)) ? atY(p.upper) : -999))}h8m-4 0V${round(Number.isFinite(atY(p.lower)) ? atY(p.lower) : bottom + 99)}m-4 0h8`;
        stroke(inner, markers[0](round(px), round(py), 4.2) + bar, `${forecast} fitted`, {'stroke-width': 1.6});
      }
    });
    this.#drawBreaks(svg, labels.map((b) => ({at: atX(b.x), text: short(b.x)})), left, right, top, bottom);
    this.#places.sort((a, b) => a.x - b.x);
    this.#ring = drawn('circle', {r: 8, class: 'ink', fill: 'none', stroke: 'currentColor', 'stroke-width': 2, visibility: 'hidden'});
    svg.append(this.#ring);
    this.#element.replaceChildren(svg);
    this.#explain(chart, apart, labels.length);
  }

  /** Dotted lines, with their numbers moved aside as far as keeps them apart. */
  #drawBreaks(svg, labels, left, right, top, bottom) {
    let free = left;
    labels.sort((a, b) => a.at - b.at);
    for (const label of labels) {
      label.half = ([...label.text].length * 8.4 + 10) / 2;
      label.middle = Math.max(label.at, free + label.half);
      free = label.middle + label.half;
    }
    let end = right;
    for (const label of labels.toReversed()) {
      label.middle = Math.min(label.middle, end - label.half);
      end = label.middle - label.half;
      svg.append(drawn('path', {
        d: `M${label.middle} ${top - 8}L${label.at} ${top}V${bottom}`, class: 'ink', fill: 'none', stroke: 'currentColor',
        'stroke-width': 1.6, 'stroke-dasharray': '1.6 4',
      }));
      svg.append(drawn('text', {x: label.middle, y: top - 12, 'text-anchor': 'middle', class: 'ink'}, label.text));
    }
  }

  #explain(chart, apart, breaks) {
    const entry = (text, colour, d, attributes) => {
      const span = document.createElement('span');
      const sign = drawn('svg', {width: 26, height: 14, class: colour, 'aria-hidden': 'true'});
      sign.append(drawn('path', {d, fill: 'none', stroke: 'currentColor', 'stroke-width': 2, ...attributes}));
      span.append(sign, text);
      return span;
    };
    const solid = {fill: 'currentColor', stroke: 'none'};
    if (chart.series.length > 1) {
      const named = chart.series.slice(0, 12).map((series, index) => {
        const style = appearance(index, 2);
        const span = entry(series.name, style.points, style.marker(13, 7, 4), solid);
        span.firstChild.append(drawn('path', {d: 'M0 7h26', stroke: 'currentColor', 'stroke-width': 2, 'stroke-dasharray': style.dash}));
        return span;
      });
      const more = chart.series.length - named.length;
      this.#legend.replaceChildren(...named, more > 0 ? `and ${more} more` : '',
        chart.series.some((s) => s.heldOut.length) ? 'hollow: held out' : '');
      return;
    }
    const series = chart.series[0];
    const forecast = apart ? 'forecast' : 'law';
    this.#legend.replaceChildren(...[
      series?.points.length && entry('fitted points', 'ink', markers[0](13, 7, 4), solid),
      series?.heldOut.length && entry('held out', 'held', markers[3](13, 7, 4)),
      series?.curve.length && entry('law', 'law', 'M0 7h26'),
      apart && entry('forecast', 'forecast', 'M0 7h26', {'stroke-dasharray': '9 3'}),
      series?.curve.some((s) => s.lower !== null) && entry(`${short(chart.level * 100, 4)} % interval`, forecast, 'M0 0h26v14h-26Z', {...solid, 'fill-opacity': 0.16}),
      series?.predictions.length && entry('predicted', forecast, 'M13 0v14' + markers[0](13, 7, 4), {'stroke-width': 1.6}),
      breaks && entry(breaks === 1 ? 'break' : 'breaks', 'ink', 'M0 7h26', {'stroke-dasharray': '1.6 4'}),
      Number.isFinite(series?.limit) && entry(`limit ${short(series.limit)}`, 'ink', 'M0 7h26', {'stroke-dasharray': '10 3 2 3', 'stroke-width': 1.2}),
    ].filter(Boolean));
  }

  /** Reads the point under the pointer, or else the law above or below it. */
  #hover(event) {
    const box = this.#element.getBoundingClientRect();
    const px = event.clientX - box.left, py = event.clientY - box.top;
    const nearest = (places, distance, within) => places.reduce(
      (best, place) => (distance(place) < best.distance ? {place, distance: distance(place)} : best),
      {place: null, distance: within}).place;
    this.#show(nearest(this.#places, (p) => Math.hypot(p.px - px, p.py - py), 24)
      ?? nearest(this.#samples, (p) => Math.abs(p.px - px), 12));
  }

  /** Shows the values of a place beside it. */
  #show(place) {
    this.#tip.hidden = !place;
    this.#ring?.setAttribute('visibility', place ? 'visible' : 'hidden');
    if (!place) return;
    this.#ring.setAttribute('cx', place.px);
    this.#ring.setAttribute('cy', place.py);
    this.#tip.textContent = place.text;
    const width = this.#tip.offsetWidth, height = this.#tip.offsetHeight;
    const isRoom = place.px + 14 + width <= this.#element.clientWidth;
    this.#tip.style.left = `${isRoom ? place.px + 14 : Math.max(0, place.px - 14 - width)}px`;
    this.#tip.style.top = `${Math.max(0, place.py - height - 8)}px`;
  }
}

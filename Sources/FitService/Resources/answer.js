// The answer in words, tables and a chart.

const curvesOf = (answer) => answer.curves ?? [answer];

/** The points of a result, apart by what they were used for. */
function pointsOf(curve) {
  const request = curve.request ?? {};
  const held = (curve.held_out?.predictions ?? []).map((p) => [p.x, p.measured]);
  const apart = new Set(Number.isInteger(request.held_out) ? held.map(([x]) => x) : []);
  return {points: (request.x ?? []).map((x, i) => [x, request.y[i]]).filter(([x]) => !apart.has(x)), heldOut: held};
}

function csv(curves) {
  const cell = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const several = curves.length > 1;
  const rows = curves.flatMap((curve) => {
    const {points, heldOut} = pointsOf(curve);
    return [...points.map((p) => [...p, 0]), ...heldOut.map((p) => [...p, 1])]
      .map((row) => (several ? [cell(curve.name), ...row] : row).join(','));
  });
  return [(several ? 'curve,' : '') + 'x,y,held_out', ...rows].join('\n') + '\n';
}

function chartOf(answer) {
  const curves = curvesOf(answer).filter((c) => !c.error);
  const labels = curves[0]?.request?.labels ?? {};
  const rows = (c) => (c?.x ?? []).map((x, i) => ({x, y: c.y[i], y_law: c.y_law[i], lower: c.lower[i], upper: c.upper[i]}));
  return {
    xLabel: labels.x ?? 'x', yLabel: labels.y ?? 'y', level: curves[0]?.request?.intervals?.level ?? 0.9,
    series: curves.map((c, i) => ({
      name: c.name ?? `curve ${i + 1}`, ...pointsOf(c), curve: rows(c.curve),
      breaks: c.breaks, limit: c.limit.x_to_infinity, predictions: c.predictions,
    })),
  };
}

/** An element with children; what is a string becomes text, never markup. */
function element(name, ...children) {
  const made = document.createElement(name);
  made.append(...children.filter((c) => c !== null && c !== undefined));
  return made;
}

function table(title, header, rows) {
  if (!rows.length) return null;
  const head = element('thead', element('tr', ...header.map((text) => {
    const cell = element('th', text);
    cell.scope = 'col';
    return cell;
  })));
  const body = element('tbody', ...rows.map((row) => element('tr', ...row.map((text) => element('td', text)))));
  const scroll = element('div', element('table', element('caption', element('h2', title)), head, body));
  scroll.className = 'scroll';
  return scroll;
}

const shapes = {
  positive: 'gets better throughout', inverse: 'gets worse throughout', u_shaped: 'gets worse, then better',
  inverted_u: 'gets better, then worse', double_descent: 'gets better, worse, and better again (double descent)',
  plateau: 'does not change beyond the noise', multiple_turns: 'turns several times',
};
const places = {in_data: 'among the points', before_data: 'before the points', beyond_data: 'beyond the points'};
const severities = {info: 'Note:', warning: 'Warning:', error: 'Do not use:'};
const forms = {
  bnsl: 'broken law (BNSL)', m1: 'power law (M1)', m2: 'power law with a limit (M2)', m3: 'shifted power law (M3)',
  m3_floor: 'shifted power law with a limit (M3)', m4: 'two limits (M4)',
};

function sections(r) {
  const range = (part) => (Number.isFinite(part?.lower) ? `${short(part.lower, 4)} to ${short(part.upper, 4)}` : '–');
  const level = r.request?.intervals?.level ?? 0.9;
  const interval = `${short(level * 100, 4)} % interval`;
  const constant = (c) => c.value !== null ? short(c.value, 6) : Number.isFinite(c.log10) ? `10^${short(c.log10, 5)}` : '–';
  const shape = shapes[r.shape?.label] && element('p', shapes[r.shape.in_data] === shapes[r.shape.label]
    ? `The curve ${shapes[r.shape.label]}.`
    : `Among its points the curve ${shapes[r.shape.in_data]}; with the forecast it ${shapes[r.shape.label]}.`);
  const heldOut = r.held_out?.n ? `, ${short(r.held_out.rmsle)} ± ${short(r.held_out.rsle, 2)} on the ${r.held_out.n} held out` : '';
  const quality = element('p', `Error (RMSLE) ${short(r.quality?.rmsle)} ± ${short(r.quality?.rsle, 2)} on the ${r.data.used} fitted points${heldOut}.`);
  return [
    warnings(r.warnings ?? []), shape, quality,
    table('Forecast', ['x', 'y', interval, 'law alone'], r.predictions.map((p) => [short(p.x, 6), short(p.y, 4), range(p), short(p.y_law, 4)])),
    table('Breaks', ['at', 'bend', 'slope before', 'after', 'kind', 'place', 'points beyond'], r.breaks.map((b) => [
      b.x !== null ? short(b.x, 4) : `10^${short(b.log10_x, 4)}`, b.starts !== null ? `${short(b.starts)} to ${short(b.ends)}` : '–',
      short(b.slope_before), short(b.slope_after), b.sharpness, places[b.where] ?? b.where, String(b.points_after)])),
    table('Constants', ['', 'value', 'std. error', interval], Object.entries(r.model.constants).map(([name, c]) => [
      name, constant(c), c.fixed ? 'fixed' : short(c.se), range(c)])),
    r.model.equation && element('p', element('code', r.model.equation)),
    table('Other forms', ['form', 'error on held-out points', 'on fitted points'], (r.comparison ?? []).map((c) => [
      forms[c.form] ?? c.form, c.reason ?? short(c.held_out_rmsle), short(c.fit_rmsle)])),
    r.measure_next && element('p', `Measure next: x = ${short(r.measure_next.x, 4)}. ${sentence(capital(r.measure_next.why))}`),
  ].filter(Boolean);
}

const sentence = (text) => (text ? text + (/[.!?]$/.test(text) ? ' ' : '. ') : '');
const capital = (text) => (text ? text[0].toUpperCase() + text.slice(1) : '');

function warnings(list) {
  if (!list.length) return null;
  const box = element('ul', ...list.map((w) => {
    const link = element('a', 'More');
    link.setAttribute('aria-label', `More on ${w.code.replaceAll('_', ' ')}`);
    link.href = `/problems/${encodeURIComponent(w.code)}`;
    const item = element('li', element('b', severities[w.severity] ?? w.severity), ' ', sentence(w.detail), sentence(capital(w.hint)), link);
    item.className = w.severity;
    return item;
  }));
  box.className = 'warnings';
  box.setAttribute('aria-label', 'Warnings');
  return box;
}

function compared(answer) {
  const rows = (answer.compared?.curves ?? []).filter((c) => !c.error);
  const place = `y at ${short(answer.compared?.x?.at(-1), 4)}`;
  return [
    ...rows.filter((c) => c.summary).map((c) => element('p', c.summary)),
    table('Compared', ['curve', 'breaks', 'last slope', 'limit', 'error', place, 'from', 'to'],
      rows.map((c) => [c.name, String(c.breaks), ...[c.last_slope, c.limit, c.rmsle, c.y, c.lower, c.upper].map((v) => short(v, 4))])),
  ];
}


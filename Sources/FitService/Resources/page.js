// The page: takes points and options, runs a job, and says what came of it.

const byId = (id) => document.getElementById(id);
const form = byId('form'), data = byId('data');
const plot = new Plot(byId('plot'), byId('tip'), byId('legend'), byId('read'));
/** The job on show: its id, and its result when there is one. */
let shown = {id: null, result: null};
/** Stops what is under way: a fit that the user no longer waits for. */
let running = null;

// What the user has entered.

/** The options that differ from the defaults, as the query of `POST /fit`. */
function query() {
  const pairs = [];
  for (const field of form.elements) {
    const value = field.type === 'checkbox' ? (field.checked ? field.value : '') : (field.value ?? '').trim();
    if (field.name && value) pairs.push(`${field.name}=${encodeURIComponent(value).replaceAll("'", '%27').replaceAll('%2C', ',')}`);
  }
  return pairs.length ? '?' + pairs.join('&') : '';
}

const isJSON = () => data.value.trimStart().startsWith('{');
const contentType = () => (isJSON() ? 'application/json' : 'text/csv');

/** What can be drawn of the entered text; the server alone decides what it means. */
function entered() {
  const pairs = (x, y) => (Array.isArray(x) && Array.isArray(y) ? x.map((v, i) => [v, y[i]]) : []);
  const whole = (list) => list.filter((p) => Array.isArray(p) && p.length >= 2 && p.every(Number.isFinite));
  const curve = (o) => ({name: o?.name, points: whole(o?.points ?? pairs(o?.x, o?.y)), heldOut: whole(pairs(o?.held_out?.x, o?.held_out?.y))});
  if (isJSON()) {
    let body;
    try { body = JSON.parse(data.value); } catch { return []; }
    return (Array.isArray(body.curves) ? body.curves : [body]).map(curve);
  }
  const cells = (line) => [...`,${line}`.matchAll(/,(?:\s*"((?:[^"]|"")*)"\s*|([^,]*))/g)]
    .map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain.trim());
  const rows = data.value.split(/\r?\n/).filter((line) => line.trim() && !line.startsWith('#')).map(cells);
  const header = rows.length && rows[0].some((cell) => cell !== '' && Number.isNaN(Number(cell))) ? rows.shift() : ['x', 'y'];
  const column = (name) => header.indexOf(name);
  const [x, y] = [Math.max(0, column('x')), column('y') < 0 ? 1 : column('y')];
  const curves = new Map();
  for (const row of rows) {
    const name = row[column('curve')] ?? '';
    if (!curves.has(name)) curves.set(name, {name, points: [], heldOut: []});
    const point = [Number(row[x] || NaN), Number(row[y] || NaN)];
    const isHeldOut = Number(row[column('held_out')] ?? 0) === 1 || Number(row[column('training')] ?? 1) === 0;
    if (point.every(Number.isFinite)) curves.get(name)[isHeldOut ? 'heldOut' : 'points'].push(point);
  }
  return [...curves.values()];
}

/** Says how much is entered. */
function count(curves) {
  const points = curves.reduce((n, c) => n + c.points.length + c.heldOut.length, 0);
  byId('noted').textContent = points ? `${points} points${curves.length > 1 ? ` in ${curves.length} curves` : ''}`
    : data.value.trim() ? 'No points that can be read yet.' : '';
}

/** Draws what is entered. */
function preview() {
  const curves = entered();
  count(curves);
  plot.chart = {
    xLabel: form.elements['labels.x'].value || 'x', yLabel: form.elements['labels.y'].value || 'y', level: 0.9,
    series: curves.map((c, i) => ({...c, name: c.name || `curve ${i + 1}`, curve: [], breaks: [], predictions: [], limit: null})),
  };
}

function changed() {
  shown = {id: null, result: null};
  byId('answer').hidden = true;
  history.replaceState(null, '', location.pathname);
  preview();
}

// The service.

/** A refusal by the service, as RFC 9457 has it. */
class Refused extends Error {
  constructor(problem) { super(problem.detail ?? problem.title); this.problem = problem; }
}

async function ask(path, options = {}) {
  const key = byId('key').value;
  const headers = {accept: 'application/json', ...options.headers, ...(key ? {authorization: `Bearer ${key}`} : {})};
  const response = await fetch(path, {...options, headers});
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({title: `The server answered ${response.status}.`}));
  throw new Refused({...problem, status: response.status});
}

/** Follows a job to its end: by its events, or where there are none by asking again. */
async function follow(id, signal) {
  const isOver = (job) => {
    progress(job);
    return !['queued', 'running'].includes(job.state);
  };
  try {
    const response = await ask(`/jobs/${id}/events`, {headers: {accept: 'text/event-stream'}, signal});
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      const {value, done} = await reader.read();
      if (done) break;
      text += value;
      const events = text.split(/\r?\n\r?\n/);
      text = events.pop();
      for (const event of events) {
        const lines = event.split(/\r?\n/).filter((line) => line.startsWith('data:')).map((line) => line.slice(5));
        if (lines.length && isOver(JSON.parse(lines.join('\n')))) {
          // What follows is the result, which is fetched with its points and its curve.
          reader.cancel().catch(() => {});
          return;
        }
      }
    }
  } catch (error) {
    if (signal.aborted) throw error;
  }
  for (;;) {
    const job = await (await ask(`/jobs/${id}`, {headers: {prefer: 'wait=5'}, signal})).json();
    if (isOver(job)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Runs a task that shows a job; the one before it is given up. */
async function run(task) {
  running?.abort();
  const controller = running = new AbortController();
  byId('problem').hidden = true;
  byId('plot').classList.add('stale');
  byId('cancel').hidden = false;
  progress({state: 'sending'});
  // On a narrow screen the plot stands below the form.
  if (byId('plot').getBoundingClientRect().bottom > innerHeight) byId('result').scrollIntoView({behavior: 'smooth'});
  try {
    await task(controller.signal);
  } catch (error) {
    if (!controller.signal.aborted) explain(error);
  } finally {
    if (running === controller) {
      running = null;
      byId('plot').classList.remove('stale');
      byId('cancel').hidden = true;
      progress({state: ''});
    }
  }
}

function fit() {
  return run(async (signal) => {
    const response = await ask('/fit' + query(), {
      method: 'POST', body: data.value, signal, headers: {'content-type': contentType(), prefer: 'respond-async'},
    });
    const {id, state} = await response.json();
    shown = {id, result: null};
    if (state === 'queued' || state === 'running') await follow(id, signal);
    await show(id, signal);
  });
}

async function show(id, signal) {
  const answer = await (await ask(`/jobs/${id}/result?include=points,curve`, {signal})).json();
  shown = {id, result: answer};
  history.replaceState(null, '', `#/jobs/${id}`);
  present(answer);
}

/** Shows what the address names: a job with its points, as when it was fitted, or an example. */
function open() {
  const example = /^#\/examples\/(\d+)$/.exec(location.hash)?.[1];
  if (example) byId('examples').querySelectorAll('button')[example - 1]?.click();
  const id = /^#\/jobs\/([\w-]+)$/.exec(location.hash)?.[1];
  if (!id || id === shown.id) return;
  run(async (signal) => {
    shown = {id, result: null};
    await follow(id, signal);
    await show(id, signal);
    if (data.value) return;
    data.value = csv(curvesOf(shown.result));
    count(entered());
  });
}

function progress(job) {
  const bar = byId('progress');
  bar.hidden = !job.state || !['sending', 'queued', 'running'].includes(job.state);
  if (job.state === 'running' && job.progress > 0) bar.value = job.progress; else bar.removeAttribute('value');
  byId('state').textContent = {queued: job.position > 0 ? `waiting, ${job.position} before it` : 'waiting', running: 'fitting', sending: 'sending'}[job.state] ?? '';
}

function present(answer) {
  plot.chart = chartOf(answer);
  const curves = curvesOf(answer);
  const isSingle = !answer.curves;
  byId('summary').textContent = isSingle ? answer.summary : `${curves.length} curves.`;
  const details = byId('details');
  details.replaceChildren(...(isSingle ? sections(answer) : [
    compared(answer),
    ...curves.map((curve) => {
      const box = element('details');
      box.append(element('summary', curve.name));
      box.append(...(curve.error ? [element('p', curve.error.detail)] : [element('p', curve.summary), ...sections(curve)]));
      return box;
    })]).filter(Boolean));
  byId('answer').hidden = false;
}

function explain(error) {
  const box = byId('problem');
  const problem = error.problem ?? {detail: error instanceof TypeError ? 'The server cannot be reached.' : String(error.message ?? error)};
  const faults = (problem.errors ?? []).map((e) => element('li', e.pointer ? `${e.pointer}: ${e.detail}` : e.detail));
  const parts = [element('p', problem.detail ?? problem.title)];
  if (faults.length > 1) parts.push(element('ul', ...faults));
  if (problem.code) {
    const link = element('a', 'What to do');
    link.href = `/problems/${encodeURIComponent(problem.code)}`;
    parts.push(link);
  }
  box.replaceChildren(...parts);
  box.hidden = false;
  if (problem.status === 401) { byId('options').open = true; byId('key').focus(); }
}

// What else one can do.

async function copy(text, button) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
  } catch {
    // Without a secure context there is no clipboard: show what to copy.
    prompt('Copy this:', text);
  }
  setTimeout(() => { button.textContent = label; }, 1500);
}

function curl() {
  let end = 'END';
  while (data.value.split('\n').includes(end)) end += '_';
  return `curl -s '${location.origin}/fit${query()}' -H 'content-type: ${contentType()}' --data-binary @- <<'${end}'\n${data.value.trimEnd()}\n${end}\n`;
}

async function download(format) {
  try {
    const axes = form.ownerDocument.querySelector('input[name=axes]:checked').value;
    const response = await ask(`/jobs/${shown.id}/result?format=${format}${format === 'svg' ? `&axes=${axes}` : ''}`, {headers: {accept: '*/*'}});
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await response.blob());
    link.download = `fit.${format}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  } catch (error) { explain(error); }
}

async function read(file) {
  if (!file) return;
  data.value = await file.text();
  changed();
  fit();
}

form.addEventListener('submit', (event) => { event.preventDefault(); fit(); });
form.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); fit(); }
});
byId('cancel').addEventListener('click', () => {
  const {id, result} = shown;
  running?.abort();
  if (id && !result) ask(`/jobs/${id}/cancel`, {method: 'POST'}).catch(explain);
});
let typing;
data.addEventListener('input', () => { clearTimeout(typing); typing = setTimeout(changed, 150); });
for (const name of ['labels.x', 'labels.y']) form.elements[name].addEventListener('input', () => { if (!shown.result) preview(); });
byId('file').addEventListener('change', (event) => read(event.target.files[0]));
const drop = byId('drop');
for (const kind of ['dragover', 'dragleave', 'drop']) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.toggle('over', kind === 'dragover');
    if (kind === 'drop') read(event.dataTransfer.files[0]);
  });
}
for (const choice of document.querySelectorAll('input[name=axes]')) {
  choice.addEventListener('change', () => { plot.linear = choice.value === 'linear' && choice.checked; });
}
byId('curl').addEventListener('click', (event) => copy(curl(), event.currentTarget));
byId('share').addEventListener('click', (event) => copy(location.href, event.currentTarget));
for (const button of document.querySelectorAll('[data-format]')) button.addEventListener('click', () => download(button.dataset.format));
window.addEventListener('hashchange', open);
byId('examples').append(...examples.map((example) => {
  const button = element('button', example.name);
  button.type = 'button';
  button.title = example.about;
  button.addEventListener('click', () => {
    const key = byId('key').value;
    form.reset();
    byId('key').value = key;
    data.value = example.data;
    for (const [name, value] of Object.entries(example.options)) form.elements[name].value = value;
    changed();
    fit();
  });
  return button;
}));
preview();
open();

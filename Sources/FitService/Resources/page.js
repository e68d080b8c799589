// The page: takes points and options, runs a job, and says what came of it.

const byId = (id) => document.getElementById(id);
const form = byId('form'), data = byId('data');
const plot = new Plot(byId('plot'), byId('tip'), byId('legend'), byId('read'));
/** The job on show: its id, and its result when there is one. */
let shown = {id: null, result: null};
/** Stops what is under way: a fit that the user no longer waits for. */
let running = null;
/** What the service read of the entered text, and what stops its reading. */
let found = {columns: [], curves: []}, reading = null;

// What the user has entered.

/** The selects of columns. */
const choices = ['x_column', 'y_column', 'curve_column'].map((name) => form.elements[name]);

/** The options that differ from the defaults, as the query of `POST /fit`. */
function query(fields = form.elements) {
  const pairs = [];
  for (const field of fields) {
    const value = field.type === 'checkbox' ? (field.checked ? field.value : '') : (field.value ?? '').trim();
    if (field.name && value) pairs.push(`${field.name}=${encodeURIComponent(value).replaceAll("'", '%27').replaceAll('%2C', ',')}`);
  }
  return pairs.length ? '?' + pairs.join('&') : '';
}

/** Nothing is said of the entered text: the service alone decides what it is. */
const contentType = 'text/plain';

/** Has the entered text read; resolves to whether it still is what is entered. */
async function look() {
  reading?.abort();
  const controller = reading = new AbortController();
  const options = {method: 'POST', body: data.value, signal: controller.signal, headers: {'content-type': contentType}};
  try {
    found = data.value.trim() ? await (await ask('/read' + query(choices), options)).json() : {columns: [], curves: []};
  } catch (error) {
    if (controller.signal.aborted) return false;
    found = {columns: [], curves: [], error: error.problem ?? {detail: String(error.message ?? error)}};
  }
  if (controller.signal.aborted) return false;
  // A choice that this text has not is dropped, and the text read without it.
  if (!choose()) return look();
  byId('noted').textContent = note();
  return true;
}

/** Offers the columns of the entered table; false when one was chosen that it has not. */
function choose() {
  const {columns = [], read, error} = found;
  byId('columns').hidden = columns.length < 2;
  const metrics = columns.filter((c) => c.kind === 'number' && !c.may_be.includes('x'));
  const offers = [
    [columns.filter((c) => c.kind === 'number'), read?.x, 'choose'],
    [columns.filter((c) => c.kind === 'number'), read?.y, 'choose'],
    [columns.filter((c) => c.kind === 'text' || c.may_be.includes('curve')), read?.curve, 'one curve'],
  ];
  return choices.map((select, i) => {
    const [offered, taken, none] = offers[i], chosen = select.value;
    // A long name is cut short, so its place stands for it.
    const place = (c) => String(columns.indexOf(c) + 1);
    const values = offered.map((c) => (c.name.endsWith('…') ? place(c) : c.name)), texts = offered.map((c) => c.name);
    const each = metrics.map(metrics.some((c) => /[,…]/.test(c.name)) ? place : (c) => c.name).join(',');
    if (i === 1 && metrics.length > 1 && (error || chosen === each)) {
      values.push(each);
      texts.push('each of these, a curve');
    }
    const usual = taken && !chosen ? `${[taken].flat().join(', ')} (found)` : chosen ? 'as found' : none;
    select.replaceChildren(...[usual, ...texts].map((text, j) => {
      const option = element('option', text);
      option.value = ['', ...values][j];
      return option;
    }));
    select.value = values.includes(chosen) ? chosen : '';
    return select.value === chosen;
  }).every(Boolean);
}

/** What was read, or why nothing was. */
function note() {
  const {error, curves = [], sentence: said} = found;
  if (error?.code === 'ambiguous_columns') return `Several columns could be ${error.errors[0].pointer.slice(1, 2)}: choose one.`;
  if (error) return error.detail ?? error.title;
  if (said) return said.replace(/`([^`]*)`/g, '“$1”');
  const points = curves.reduce((n, c) => n + c.x.length + (c.held_out?.x.length ?? 0), 0);
  return points ? `${points} points${curves.length > 1 ? ` in ${curves.length} curves` : ''}` : '';
}

/** Draws what was read. */
function draw() {
  const pairs = (part) => (part?.x ?? []).map((x, i) => [x, part.y[i]]);
  plot.chart = {
    xLabel: form.elements['labels.x'].value || found.read?.x || 'x', level: 0.9,
    yLabel: form.elements['labels.y'].value || [found.read?.y ?? 'y'].flat()[0],
    series: (found.curves ?? []).map((c, i) => ({
      name: c.name || `curve ${i + 1}`, points: pairs(c), heldOut: pairs(c.held_out),
      curve: [], breaks: [], predictions: [], limit: null,
    })),
  };
}

/** Forgets the result of what was entered before; resolves to whether the text can be fitted. */
async function changed() {
  shown = {id: null, result: null};
  byId('answer').hidden = true;
  history.replaceState(null, '', location.pathname);
  if (!await look()) return false;
  if (!shown.result) draw();
  return found.error?.code !== 'ambiguous_columns';
}

// The service.

/** A refusal by the service, as RFC 9457 has it. */
class Refused extends Error {
  constructor(problem) { super(problem.detail ?? problem.title); this.problem = problem; }
}

async function ask(path, options = {}) {
  const key = byId('key').value;
  const headers = {accept: 'application/json', ...options.headers, ...(key ? {authorization: `Bearer ${key}`} : {})};
  const response = await fetch(path, {...options, headers}).catch((error) => {
    throw error instanceof TypeError ? new Refused({detail: 'The server cannot be reached.'}) : error;
  });
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
      method: 'POST', body: data.value, signal, headers: {'content-type': contentType, prefer: 'respond-async'},
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
    await look();
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
    ...compared(answer),
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
  const problem = error.problem ?? {detail: String(error.message ?? error)};
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
  return `curl -s '${location.origin}/fit${query()}' -H 'content-type: ${contentType}' --data-binary @- <<'${end}'\n${data.value.trimEnd()}\n${end}\n`;
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
  const bytes = new Uint8Array(await file.arrayBuffer());
  const encoding = {'255,254': 'utf-16le', '254,255': 'utf-16be'}[bytes.slice(0, 2).join()] ?? 'utf-8';
  data.value = new TextDecoder(encoding).decode(bytes);
  if (await changed()) fit();
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
data.addEventListener('input', () => { clearTimeout(typing); typing = setTimeout(changed, 300); });
for (const select of choices) select.addEventListener('change', changed);
for (const name of ['labels.x', 'labels.y']) form.elements[name].addEventListener('input', () => { if (!shown.result) draw(); });
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
    changed().then((isReady) => isReady && fit());
  });
  return button;
}));
draw();
open();

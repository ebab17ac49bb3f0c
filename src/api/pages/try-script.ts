/** The script of `/docs`: it sends the requests that a reader fills in to the server that served the page. */

/** Plain JavaScript for browsers; it is served as a file, so that the page's policy needs no inline script. */
export const tryScript = String.raw`'use strict';
const maxShown = 20000;
const base = new URL('.', location.href);
const key = document.getElementById('key');

for (const place of document.querySelectorAll('.origin')) place.textContent = base.href.slice(0, -1);
for (const hidden of document.querySelectorAll('[data-try]')) hidden.hidden = false;
for (const form of document.querySelectorAll('form[data-path]')) prepare(form);

function prepare(form) {
  const { method, path, writes } = form.dataset;
  const button = form.querySelector('button');
  const status = form.querySelector('[role=status]');
  const answer = form.querySelector('pre');
  let isArmed = false;
  function arm(on) {
    isArmed = on;
    button.textContent = on ? 'Press again to send' : 'Send';
    button.classList.toggle('armed', on);
  }
  function disarm() {
    if (!isArmed) return;
    arm(false);
    status.textContent = '';
  }
  form.addEventListener('input', disarm);
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') disarm();
  });
  form.addEventListener('focusout', (event) => {
    if (!form.contains(event.relatedTarget)) disarm();
  });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (button.getAttribute('aria-disabled') === 'true') return;
    const address = addressOf(form, path);
    if (writes !== undefined && !isArmed) {
      arm(true);
      status.textContent = 'This changes what the server holds: ' + method + ' ' + decoded(address) + '. Press again to send it.';
      return;
    }
    arm(false);
    button.setAttribute('aria-disabled', 'true');
    answer.hidden = true;
    status.textContent = 'Waiting for the answer…';
    try {
      await send(method, address, form.elements.namedItem('body'), status, answer);
    } catch (error) {
      status.textContent = 'No answer: ' + error.message + '. Does the server still run?';
    } finally {
      button.removeAttribute('aria-disabled');
    }
  });
}

async function send(method, address, body, status, answer) {
  const headers = {};
  if (key.value !== '') headers.Authorization = 'Bearer ' + key.value;
  if (body !== null) headers['Content-Type'] = 'application/json';
  const since = performance.now();
  const response = await fetch(address, { method, headers, ...(body !== null && { body: body.value }) });
  const text = await response.text();
  const ms = Math.round(performance.now() - since);
  const hint =
    response.status === 401 ? '. Give a key at the top of the page'
    : response.status === 403 ? '. The key may not do this, or the server refuses this address'
    : '';
  status.textContent = response.status + ' ' + response.statusText + ', ' + ms + ' ms' + hint;
  const full = formatted(text, response.headers.get('Content-Type') || '');
  const isCut = full.length > maxShown;
  answer.textContent = isCut
    ? full.slice(0, maxShown) + '\n… ' + (full.length - maxShown) + ' more characters are not shown'
    : full;
  answer.hidden = full === '';
  if (full === '') status.textContent += ', no body';
}

function formatted(text, type) {
  if (!/json/.test(type)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function addressOf(form, path) {
  const query = new URLSearchParams();
  for (const field of form.querySelectorAll('[data-in]')) {
    if (field.dataset.in === 'path') {
      path = path.replace('{' + field.name + '}', () => encodeURIComponent(field.value));
    } else if (field.value !== '') query.append(field.name, field.value);
  }
  const search = query.toString();
  return new URL(path.slice(1) + (search && '?' + search), base);
}

function decoded(address) {
  try {
    return decodeURI(address.pathname + address.search);
  } catch {
    return address.pathname + address.search;
  }
}
`;

/** The style sheet of a report. */
import { colors } from './palette.js';

const inks = (scheme: 0 | 1) => colors.map((pair, n) => `--ink-${n}: ${pair[scheme]};`).join(' ');

const dark = `--page: #15171b; --panel: #1d2026; --text: #e9e7e2; --quiet: #b3b0a8; --line: #3a3e47; --link: #7db4ff; --hit: #16382b; ${inks(1)}`;
const light = `--page: #ffffff; --panel: #f6f5f2; --text: #1d1f24; --quiet: #595852; --line: #d9d6cf; --link: #1d5fc2; --hit: #dff3e8; ${inks(0)}`;

/** Light or dark as the reader's system prefers; light on paper. */
export const style = `
:root { color-scheme: light dark; ${light} }
@media (prefers-color-scheme: dark) { :root { ${dark} } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 76rem; background: var(--page); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem; letter-spacing: -.01em; }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 3rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 0 0 .25rem; }
h4 { font-size: .85rem; margin: .9rem 0 .15rem; }
p { margin: .5rem 0; max-width: 48rem; }
a { color: var(--link); }
small, .note, figcaption small, h4 small { color: var(--quiet); font-size: .82rem; font-weight: normal; }
.lead { font-size: 1.1rem; max-width: 46rem; }
nav ul, .legend { list-style: none; display: flex; flex-wrap: wrap; gap: .35rem 1.25rem; padding: 0; margin: .75rem 0; }
nav { font-size: .92rem; }
.legend li { display: flex; align-items: center; gap: .4rem; font-size: .85rem; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; margin: 1rem 0; }
dl.facts dt { color: var(--quiet); }
dl.facts dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
dl.commands dt, dl.definitions dt { font-weight: 600; margin-top: .6rem; }
dl.commands dd, dl.definitions dd { margin: 0; max-width: 60rem; overflow-wrap: anywhere; }
code { font: .85em/1.5 ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; margin: .75rem 0; }
table { border-collapse: collapse; font-size: .86rem; font-variant-numeric: tabular-nums; min-width: 100%; }
caption { text-align: left; color: var(--quiet); padding-bottom: .35rem; }
th, td { padding: .32rem .75rem .32rem 0; text-align: right; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { vertical-align: bottom; border-bottom-width: 2px; max-width: 14rem; }
th { font-weight: 600; }
tbody th { font-weight: normal; min-width: 8.5rem; }
.user tbody th { min-width: 0; }
th:first-child, td:first-child { text-align: left; }
td { white-space: nowrap; }
th small { display: inline-block; max-width: 11rem; line-height: 1.35; }
tbody th small { max-width: 22rem; }
.runs td, .runs th { text-align: left; white-space: normal; }
.runs td code { white-space: nowrap; }
figure { margin: 1rem 0; min-width: 0; }
figcaption { font-size: .9rem; font-weight: 600; margin-bottom: .25rem; }
figure svg[role] { display: block; width: 100%; max-width: 100%; height: auto; color: var(--text); }
figure text { white-space: pre; }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: .5rem 2rem; }
.wide { max-width: 34rem; }
.map { max-width: 60rem; }
.users { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); gap: 1rem; }
.user { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; min-width: 0; font-size: .88rem; }
.user p, .user ol { margin: .15rem 0; }
.user .scores { color: var(--quiet); font-size: .82rem; }
.user .scores b { color: var(--text); }
.user table { font-size: .8rem; }
.user th:not(:first-child), .user td { text-align: right; padding: .32rem .3rem; }
.user ol { padding-left: 1.6rem; }
.hit { background: var(--hit); font-weight: 600; }
.miss { color: var(--quiet); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
@media (max-width: 40rem) {
  body { padding: 1.25rem .9rem 3rem; }
  dl.facts { grid-template-columns: 1fr; gap: 0; }
  dl.facts dd { margin-bottom: .5rem; }
  .map svg[role] { width: 44rem; max-width: none; }
}
@media print {
  :root { color-scheme: light; ${light} }
  @page { margin: 14mm 12mm; }
  body { padding: 0; max-width: none; font-size: 9.5pt; }
  nav { display: none; }
  h2 { margin-top: 1.5rem; break-after: avoid; }
  figure, .user, tr, dl.commands dd { break-inside: avoid; }
  table { font-size: 7.5pt; }
  .scroll { overflow: visible; }
  td, .runs td code { white-space: normal; }
  td small { white-space: nowrap; }
  th small { max-width: 7rem; }
  th, td { padding-right: .4rem; }
  .legend, dt, h3, h4 { break-after: avoid; }
  .panels { grid-template-columns: 1fr 1fr; }
  .users { grid-template-columns: 1fr 1fr; }
}
`;

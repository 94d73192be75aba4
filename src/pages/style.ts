// The style of the pages. It loads nothing.
export const STYLESHEET = `
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1c1e21; --faint: #5b6168; --line: #d9dce0; --shade: #f3f4f6; --link: #0b57a4; --button: #0b57a4;
  --on-button: #fff; --target: #fff4d1;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15171a; --ink: #e6e8ea; --faint: #a2a9b1; --line: #363b41; --shade: #202429; --link: #8fc1ff; --button: #8fc1ff;
    --on-button: #10243b; --target: #3a3212;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 0 1rem; max-width: 46rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; overflow-wrap: anywhere;
}
a { color: var(--link); text-underline-offset: 0.15em; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 2px; }
main:focus { outline: none; }
.skip { position: absolute; left: -99rem; padding: 0.5rem 0.75rem; background: var(--paper); }
.skip:focus { left: 0.5rem; top: 0.5rem; }
header.site { padding: 0.9rem 0; border-bottom: 1px solid var(--line); }
header.site a { color: inherit; font-weight: 600; text-decoration: none; }
header.site a:hover { text-decoration: underline; }
.separator { margin: 0 0.45rem; color: var(--faint); }
footer.site { margin: 3rem 0 1.5rem; padding-top: 0.9rem; border-top: 1px solid var(--line); color: var(--faint); font-size: 0.875rem; }
h1 { margin: 1.5rem 0 0.75rem; font-size: 1.6rem; line-height: 1.25; }
h2 { margin: 1.75rem 0 0.5rem; font-size: 1.2rem; line-height: 1.3; }
p { margin: 0.6rem 0; }
.description { white-space: pre-line; }
.note { color: var(--faint); font-size: 0.875rem; }
code { font-size: 0.95em; }
.enter { display: flex; flex-wrap: wrap; gap: 1rem 2rem; justify-content: space-between; margin: 1.25rem 0; }
.enter > div { flex: 1 1 17rem; min-width: 0; }
.buttons { display: flex; flex-wrap: wrap; gap: 0.6rem; margin-top: 0; }
.button, button {
  display: inline-block; padding: 0.5rem 1rem; border: 1px solid var(--button); border-radius: 0.4rem; background: var(--button);
  color: var(--on-button); font: inherit; font-weight: 600; text-decoration: none; cursor: pointer;
}
.button.plain, button { background: transparent; color: var(--link); }
.button:hover, button:hover { text-decoration: underline; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.35rem 1rem; margin: 1rem 0; }
dt { color: var(--faint); }
dd { margin: 0; }
.qr { margin: 0; text-align: center; }
.qr img { display: block; border-radius: 0.4rem; background: #fff; }
.qr figcaption { margin-top: 0.3rem; color: var(--faint); font-size: 0.875rem; }
.line { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem; margin: 0.9rem 0; }
.line label { flex: 0 0 8.5rem; color: var(--faint); }
input {
  flex: 1 1 10rem; min-width: 0; max-width: 20rem; padding: 0.5rem 0.6rem; border: 1px solid var(--faint); border-radius: 0.4rem;
  background: var(--paper); color: inherit; font: inherit;
}
.more { font-weight: 600; }
.rooms { margin: 0; padding: 0; list-style: none; }
.rooms li { padding: 0.9rem 0; border-bottom: 1px solid var(--line); }
.rooms li:last-child { border-bottom: 0; }
.rooms h2 { margin: 0; font-size: 1.1rem; }
.rooms p { margin: 0.25rem 0 0; }
.days, .pages { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0.5rem 1rem; margin: 1rem 0; }
.days a, .pages a, .time { display: inline-block; padding: 0.2rem 0; }
.messages { margin: 1rem 0; padding: 0; list-style: none; }
.message { margin: 0 -0.6rem; padding: 0.35rem 0.6rem; border-radius: 0.4rem; overflow: clip; }
.message p { margin: 0; }
.message:target, .message:has(> :target) { background: var(--target); }
.meta { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 0.6rem; }
.nick { font-weight: 600; }
.nick.room { font-style: italic; }
.time { color: var(--faint); font-size: 0.875rem; font-variant-numeric: tabular-nums; }
.reply, .replies { color: var(--faint); font-size: 0.875rem; }
.reply { padding-inline-start: 0.6rem; border-inline-start: 3px solid var(--line); }
.text { white-space: pre-wrap; unicode-bidi: isolate; }
.text.action { font-style: italic; }
.text.event, .text.tombstone { color: var(--faint); font-style: italic; }
@media (max-width: 30rem) {
  .qr { flex: 1 1 100%; }
  .qr img { margin: 0 auto; }
  .line label { flex-basis: 100%; }
}
`;

/** A speech bubble. */
export const ICON_SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#0b57a4" d="M6 4h20a4 4 0 0 1 4 4v12a4 4 0 0 1-4 4H15l-7 6v-6H6a4 4 0 0 1-4-4V8a4 4 0 0 1 4-4z"/></svg>';

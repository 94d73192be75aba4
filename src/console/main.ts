import { App } from "./app.ts";
import { html, render } from "./html.ts";

const place = document.getElementById("console");
if (place) render(html`<${App} />`, place);

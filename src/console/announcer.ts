// What screen readers are told, and everybody sees for a while.
import { type Children, html, useEffect, useState } from "./html.ts";

const SHOWN_MS = 8_000;

let tell: (text: string) => void = () => {};

/** Tells the user that something is done. */
export const say = (text: string): void => tell(text);

export function Announcer(): Children {
  const [text, setText] = useState("");
  useEffect(() => {
    tell = setText;
    if (text === "") return;
    const timer = setTimeout(() => setText(""), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return html`<p class="announcer" role="status">${text && html`<bdi class="theirs">${text}</bdi>`}</p>`;
}

// Pages for requests that have no page of their own. None names what was asked for.
import { html } from "htm/preact";
import type { Page } from "./layout.ts";

const PROBLEMS = {
  400: ["This address cannot be read", "Please check it."],
  404: ["There is nothing here", "The room or the page does not exist, or is not public."],
  405: ["Pages can only be read", ""],
  429: ["Too many requests", "Please try again in a minute."],
  500: ["This page failed", "The log of the service says why."],
  503: ["The service is busy", "Please try again in a minute."],
} as const;

export type ProblemStatus = keyof typeof PROBLEMS;

export function problemPage(status: ProblemStatus): Page {
  const [title, advice] = PROBLEMS[status];
  const content = html`<h1>${title}</h1>
    <p>${advice}</p>`;
  return { title, isUnlisted: true, content };
}

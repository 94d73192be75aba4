// Preact and its templates. The listener replaces these names by addresses.
import htm from "htm";
import { type ComponentChildren, h } from "preact";

export { createContext, Fragment, render } from "preact";
export { useContext, useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
export type Children = ComponentChildren;

/** Makes elements of a template. All texts are escaped; there is no way around it. */
export const html = (strings: TemplateStringsArray, ...values: unknown[]): Children =>
  template(strings, ...values);

// The types of htm are those of a CommonJS module, which browsers do not load.
const module = htm as unknown as typeof htm.default;
const template = module.bind(h as (type: unknown, props: unknown, ...children: unknown[]) => Children);

// Types of libraries without their own: only the parts that this project uses.

declare module "@xmpp/xml" {
  import type { EventEmitter } from "node:events";

  type Node = Element | string;
  class Element {
    constructor(name: string, attrs?: Record<string, string | undefined>);
    name: string;
    attrs: Record<string, string>;
    children: Node[];
    parent: Element | null;
    is(name: string, xmlns?: string): boolean;
    getName(): string;
    getNS(): string | undefined;
    findNS(prefix?: string): string | undefined;
    getChild(name: string, xmlns?: string): Element | undefined;
    getChildren(name: string, xmlns?: string): Element[];
    getChildElements(): Element[];
    getText(): string;
    toString(): string;
  }
  class Parser extends EventEmitter {
    write(text: string): void;
  }
  /** The module is CommonJS and names no exports. */
  const xml: { readonly Element: typeof Element; readonly Parser: typeof Parser };
  export default xml;
  export type { Element };
}

// The CommonJS build: @xmpp/xml uses its elements.
declare module "ltx/lib/ltx.js" {
  import type { Element } from "@xmpp/xml";

  /** Throws if the text is not well-formed. */
  export function parse(xml: string): Element;
}

declare module "@xmpp/component" {
  import type { EventEmitter } from "node:events";
  import type { Socket } from "node:net";
  import type { Element } from "@xmpp/xml";

  export interface Component extends EventEmitter {
    status: string;
    socket: Socket | null;
    /** Makes the socket of a connection. */
    Socket: new () => unknown;
    /** The timeout of each answer of the server, in milliseconds. */
    timeout: number;
    parser: { write(text: string): void } | null;
    reconnect: { stop(): void };
    connect(service: string): Promise<unknown>;
    open(options: { domain: string }): Promise<unknown>;
    write(text: string): Promise<void>;
    start(): Promise<unknown>;
    stop(): Promise<unknown>;
    _onData(text: string): void;
    _onElement(element: Element): void;
    _onSeeOtherHost(error: Error): void;
  }
  export function component(options: { service: string; domain: string; password: string }): Component;
}

declare module "unhomoglyph" {
  /** Replaces every character by the one for all its look-alikes (confusables of UTS #39). */
  export default function unhomoglyph(text: string): string;
}

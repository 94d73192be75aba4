// Copies by a service that is told all addresses with each stanza (XEP-0033).
import type { StanzaTemplate } from "../muc/model/effects.ts";
import { writeBroadcast } from "../muc/model/output-text.ts";
import { child, children } from "../xmpp/element.ts";
import { escapeAttribute } from "../xmpp/escape.ts";
import { NS } from "../xmpp/namespaces.ts";
import { inParts } from "../xmpp/parts.ts";
import { type CopyRequest, writeToService } from "./copy-request.ts";

interface AddressedOptions {
  readonly service: string;
  /** Maximum number of addresses in one stanza. */
  readonly addresses: number;
  /** Bytes of the largest stanza that the server takes. */
  readonly stanzaBytes: number;
}

/** Bytes of a request beside its recipients: the service's address and the element around them. */
const FRAME = 3_200;

/** Writes a broadcast, with at most so many blind addresses in each request. */
export function addressedCopies(
  { head, tail }: StanzaTemplate,
  recipients: readonly string[],
  { service, addresses, stanzaBytes }: AddressedOptions,
): CopyRequest[] {
  const bytes = stanzaBytes - Buffer.byteLength(head) - Buffer.byteLength(tail) - FRAME;
  const parts = inParts(recipients, (jid) => Buffer.byteLength(writeAddress(jid)), {
    bytes,
    count: addresses,
  });
  return [...parts].map((to) => requestOf({ head, tail }, to, service));
}

function requestOf(stanza: StanzaTemplate, to: readonly string[], service: string): CopyRequest {
  const { head, tail } = stanza;
  const list = `<addresses xmlns="${NS.address}">${to.map(writeAddress).join("")}</addresses>`;
  return {
    text: writeToService(stanza, service, list),
    count: to.length,
    // Nothing but the addresses identifies the stanza, as `id` is the sender's.
    isRefusedBy(error) {
      const { id } = error.attrs;
      const addresses = child(error, "addresses", NS.address);
      const first = addresses && children(addresses, "address", NS.address)[0]?.attrs.jid;
      return (
        head.startsWith(`<${error.getName()} `) &&
        (first === undefined || to[0] === first) &&
        (id === undefined || `${head}${tail}`.includes(` id="${escapeAttribute(id)}"`))
      );
    },
    writeSingly: () => writeBroadcast({ head, tail, to }),
  };
}

const writeAddress = (jid: string): string => `<address type="bcc" jid="${escapeAttribute(jid)}"/>`;

// The QR code by which a phone enters a room.
import { renderSVG } from "uqr";
import { joinUri } from "./addresses.ts";

/** Longest address in a code. Codes of longer ones are hard to scan and take long to make. */
const LONGEST_URI = 300;

/** Returns true if the address of a room is short enough for a code. */
export const hasQrCode = (node: string, domain: string): boolean =>
  joinUri(node, domain).length <= LONGEST_URI;

/** Draws the code of a room's address as SVG; undefined if that is too long. */
export const qrCode = (node: string, domain: string): string | undefined =>
  hasQrCode(node, domain) ? renderSVG(joinUri(node, domain), { ecc: "M", border: 2 }) : undefined;

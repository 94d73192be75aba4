/** Redacts stanzas: the markup stays, every text in it becomes an ellipsis. */
export function redactText(xml: string): string {
  return xml.replace(/>[^<]+/g, (text) => (text === ">" ? text : ">…"));
}

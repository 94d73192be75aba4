/** The public pages of rooms, where the operator serves them. */
export interface PublicPages {
  /** Returns the address of a room's page. */
  roomUrl(node: string): string;
  /** Returns the address at which a web client opens a room; undefined if the operator names none. */
  webChatUrl(node: string): string | undefined;
}

// The addresses of public pages and of web clients.

const WEB = /^https?:\/\/\S+$/;

const isWeb = (text: string): boolean =>
  WEB.test(text) && URL.canParse(text) && new URL(text).username === "";

/** Returns true for an address to which the paths of pages can be added. */
export const isPagesUrl = (text: string): boolean => isWeb(text) && !/[?#]/.test(text);

/** Returns true for the address of a web client with a place for the room. */
export const isWebChatUrl = (text: string): boolean => isWeb(text) && /\{(room|address)\}/.test(text);

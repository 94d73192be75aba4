// What the pages answer to each path.
import { normalizeLocal } from "../xmpp/jid.ts";
import { pathOf } from "./addresses.ts";
import { type Answer, pageAnswer, problemAnswer, redirect } from "./answer.ts";
import { dayPage } from "./day-page.ts";
import { dayOf, isDay } from "./days.ts";
import { ATOM, writeFeed } from "./feed.ts";
import type { Site } from "./layout.ts";
import { listPage } from "./list-page.ts";
import type { PublicLog } from "./public-log.ts";
import { qrCode } from "./qr-code.ts";
import { roomPage } from "./room-page.ts";
import { LONGEST_SEARCH, searchPage } from "./search-page.ts";

export interface PageRequest {
  readonly site: Site;
  readonly log: PublicLog;
  /** The segments of the path, decoded. */
  readonly path: readonly string[];
  readonly query: Readonly<Record<string, string | undefined>>;
}

type Handler = (request: PageRequest, node: string) => Promise<Answer | undefined>;

/** Longest stanza-id in an address, in UTF-16 units. */
const LONGEST_ID = 1024;

/** Answers a request for a room or the list of rooms. What is hidden is answered as what does not exist. */
export async function answerPage(request: PageRequest): Promise<Answer> {
  const { site, path } = request;
  const [name, part, ...rest] = path;
  if (name === undefined) return list(request);
  const node = normalizeLocal(name);
  const handler = handlerOf(part, rest);
  const answer = node !== undefined && handler && (await handler(request, node));
  if (!answer) return problemAnswer(site, 404);
  // Only a room that is shown is led to, so that nothing tells of hidden ones.
  return node === name || answer.status !== 200
    ? answer
    : redirect(site, 301, pathOf(node, ...path.slice(1)));
}

function handlerOf(part: string | undefined, rest: readonly string[]): Handler | undefined {
  const [id] = rest;
  if (part === "m" && id !== undefined && rest.length === 1)
    return (request, node) => message(request, node, id);
  if (rest.length > 0) return undefined;
  if (part === undefined) return landing;
  if (Object.hasOwn(PARTS, part)) return PARTS[part];
  return isDay(part) ? (request, node) => day(request, node, part) : undefined;
}

const PARTS: Readonly<Record<string, Handler>> = {
  search,
  day: chosenDay,
  "feed.atom": feed,
  "qr.svg": code,
};

async function list({ site, log, query: { after } }: PageRequest): Promise<Answer> {
  const place = after === undefined ? undefined : normalizeLocal(after);
  return pageAnswer(site, listPage(site, await log.list(place), place));
}

async function landing({ site, log }: PageRequest, node: string): Promise<Answer | undefined> {
  const room = await log.room(node);
  if (!room) return undefined;
  const logged = await log.logged(node);
  const latest = logged && (await log.latest(logged));
  return pageAnswer(
    site,
    roomPage(site, room, logged && { since: logged.since, latestDay: latest && dayOf(latest.at) }),
  );
}

async function day(
  { site, log, query }: PageRequest,
  node: string,
  name: string,
): Promise<Answer | undefined> {
  const after = idOf(query.after);
  const logged = await log.logged(node);
  const page = logged && (await log.day(logged, name, after));
  return page && pageAnswer(site, dayPage(site, logged.room, name, page, after));
}

/** Leads to the day that somebody has chosen. */
async function chosenDay(
  { site, log, query: { date = "" } }: PageRequest,
  node: string,
): Promise<Answer | undefined> {
  if (!isDay(date) || !(await log.logged(node))) return undefined;
  return redirect(site, 302, pathOf(node, date));
}

async function message({ site, log }: PageRequest, node: string, id: string): Promise<Answer | undefined> {
  if (id.length > LONGEST_ID) return undefined;
  const logged = await log.logged(node);
  const place = logged && (await log.find(logged, id));
  if (!place) return undefined;
  const query = place.after === undefined ? "" : `?${new URLSearchParams({ after: place.after })}`;
  return redirect(site, 302, `${pathOf(node, place.day)}${query}#${encodeURIComponent(`m-${id}`)}`);
}

async function search({ site, log, query }: PageRequest, node: string): Promise<Answer | undefined> {
  const words = (query.q ?? "").trim().slice(0, LONGEST_SEARCH);
  const logged = await log.logged(node);
  if (!logged) return undefined;
  if (words === "") return pageAnswer(site, searchPage(site, logged.room, "", undefined));
  const found = await log.search(logged, words, idOf(query.before));
  return found && pageAnswer(site, searchPage(site, logged.room, words, found));
}

async function feed({ site, log }: PageRequest, node: string): Promise<Answer | undefined> {
  const logged = await log.logged(node);
  return logged && { status: 200, type: ATOM, body: writeFeed(site, logged, await log.feed(logged)) };
}

async function code({ site, log }: PageRequest, node: string): Promise<Answer | undefined> {
  const body = (await log.room(node)) && qrCode(node, site.domain);
  return body === undefined ? undefined : { status: 200, type: "image/svg+xml", body };
}

const idOf = (text: string | undefined): string | undefined =>
  text === undefined || text === "" ? undefined : text.slice(0, LONGEST_ID);

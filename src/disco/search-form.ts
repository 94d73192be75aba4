// The form of a channel search (XEP-0433 sections 4.2 and 6.1): writes its fields and reads a submitted form.
import { comparedText } from "../muc/model/compared-text.ts";
import { type FormField, parseBoolean, readForm } from "../xmpp/data-form.ts";
import type { Element } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { ok, type Result, refuse } from "../xmpp/result.ts";
import { errors, type StanzaError } from "../xmpp/stanza-error.ts";
import { tag, textTag } from "../xmpp/tag.ts";
import { say, type Text } from "../xmpp/text.ts";

const ERRORS = "urn:xmpp:channel-search:0:error";
const SERVICE_TYPE = "xep-0045";

/** Sort keys. */
export const ORDERS = {
  users: "{urn:xmpp:channel-search:0:order}nusers",
  address: "{urn:xmpp:channel-search:0:order}address",
} as const;
type OrderKey = (typeof ORDERS)[keyof typeof ORDERS];

/** Limits the words of a search: each is compared with every room. */
const MOST_WORDS = 20;
const LONGEST_WORD = 250;

type Place = "name" | "description" | "address";
const PLACES: readonly { readonly place: Place; readonly vars: readonly string[]; readonly label: Text }[] = [
  { place: "name", vars: ["sinname"], label: say`Search in name` },
  { place: "description", vars: ["sindescription"], label: say`Search in description` },
  // The table of the specification has the first name, its example the second.
  { place: "address", vars: ["sinaddress", "sinaddr"], label: say`Search in address` },
];

/** A search for rooms with all the words (in lower case) in any of the places. */
export interface Search {
  readonly words: readonly string[];
  readonly places: readonly Place[];
  readonly fewestUsers: number;
  readonly order: OrderKey;
}

/** The fields of the form, with their defaults. */
export const SEARCH_FIELDS: readonly FormField[] = [
  { var: "q", type: "text-single", label: say`Search for` },
  { var: "all", type: "boolean", label: say`Return all entries (ignore search terms)`, values: ["false"] },
  ...PLACES.map(({ vars, label }) => ({
    var: vars[0] as string,
    type: "boolean" as const,
    label,
    values: ["true"],
  })),
  { var: "min_users", type: "text-single", label: say`Minimum number of users`, values: ["0"] },
  {
    var: "types",
    type: "list-multi",
    label: say`Service types`,
    values: [SERVICE_TYPE],
    options: [{ value: SERVICE_TYPE, label: say`Multi-User Chat (XEP-0045)` }],
  },
  {
    var: "key",
    type: "list-single",
    label: say`Sort results by`,
    values: [ORDERS.users],
    options: [
      { value: ORDERS.users, label: say`Number of users` },
      { value: ORDERS.address, label: say`Address` },
    ],
  },
];

/** Reads a search request, or refuses it (sections 4.2.2.2 to 4.2.2.7). Unknown fields are ignored. */
export function readSearch(request: Element): Result<Search> {
  const fields = readForm(request, NS.channelSearchParams)?.fields;
  const first = (name: string): string | undefined => fields?.get(name)?.[0];
  const query = first("q");
  const all = parseBoolean(first("all")) ?? false;
  if (query === undefined && !all)
    return refuse(
      refusal(
        { ...errors.badRequest(say`Enter search terms, or request all entries`), type: "cancel" },
        "no-search-conditions",
      ),
    );
  if (query && all)
    return refuse(conflicting(say`Cannot both return all entries and search for terms`, ["all", "q"]));
  const words = comparedText(query ?? "")
    .split(/\s+/u)
    .filter(Boolean);
  if (words.length > MOST_WORDS || words.some((word) => word.length > LONGEST_WORD))
    return refuse(
      refusal(
        errors.badRequest(
          say`At most ${MOST_WORDS} search terms of at most ${LONGEST_WORD} letters are allowed`,
        ),
        "invalid-search-terms",
      ),
    );
  if (!all && words.length === 0)
    return refuse(
      refusal(errors.badRequest(say`A search term needs at least one letter`), "invalid-search-terms"),
    );
  const places = PLACES.filter(({ vars }) => !vars.some((name) => parseBoolean(first(name)) === false));
  if (!all && places.length === 0)
    return refuse(
      conflicting(say`Search in name, description or address`, [
        "q",
        ...PLACES.map(({ vars }) => vars[0] as string),
      ]),
    );
  const key = first("key") ?? ORDERS.users;
  const order = Object.values(ORDERS).find((known) => known === key);
  if (!order)
    return refuse(
      refusal({ ...errors.featureNotImplemented(say`Unknown sort key`), type: "modify" }, "invalid-sort-key"),
    );
  const fewest = first("min_users") ?? "0";
  if (!/^\d{1,9}$/.test(fewest))
    return refuse(errors.badRequest(say`The minimum number of users must be a whole number`));
  const types = fields?.get("types");
  const isCovered = types === undefined || types.length === 0 || types.includes(SERVICE_TYPE);
  const fewestUsers = isCovered ? Number(fewest) : Number.POSITIVE_INFINITY;
  return ok({ words, places: places.map(({ place }) => place), fewestUsers, order });
}

const refusal = (error: StanzaError, condition: string, content = ""): StanzaError => ({
  ...error,
  specific: tag(condition, { xmlns: ERRORS }, content),
});

const conflicting = (text: Text, vars: readonly string[]): StanzaError =>
  refusal(errors.badRequest(text), "conflicting-fields", vars.map((name) => textTag("var", name)).join(""));

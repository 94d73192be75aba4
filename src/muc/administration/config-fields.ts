// The fields of the configuration form (XEP-0045 section 16.5.3): writes and reads an option by its kind.
import { type FormField, parseBoolean } from "../../xmpp/data-form.ts";
import { escapedBytes } from "../../xmpp/escape.ts";
import { bareOf, prepareJid } from "../../xmpp/jid.ts";
import { say, type Text, textOf, verbatim } from "../../xmpp/text.ts";
import { mayBeLogged } from "../archive/public-log.ts";
import type { RoomConfig } from "../model/room-config.ts";
import type {
  BooleanOption,
  ChoiceOption,
  ContactsOption,
  CountOption,
  MaximumOption,
  OperatorSettings,
  OptionRole,
  PatternsOption,
  RolesOption,
  TextOption,
} from "../model/room-option.ts";
import { type KeyedOption, type KeyOfKind, type OptionKey, ROOM_OPTION_LIST } from "../model/room-options.ts";
import { WILDCARD_LIMITS, wildcardProblem } from "../model/wildcards.ts";
import type { Room } from "../room/room.ts";

export interface ConfigField {
  readonly var: string;
  /** The option that the field sets. */
  readonly key: OptionKey;
  /** Decides whether the form has this field. Without it every form does. */
  isOffered?(room: Room): boolean;
  /** Writes the field with its present value. */
  show(config: RoomConfig, settings: OperatorSettings): FormField;
  /**
   * Returns the configuration with the submitted values, or undefined if they are not acceptable. A boolean or a list
   * without a value stays as it is; one empty value clears a list.
   */
  read(config: RoomConfig, values: readonly string[], settings: OperatorSettings): RoomConfig | undefined;
}

type Keyed<O extends { readonly kind: KeyedOption["kind"] }> = O & { readonly key: KeyOfKind<O["kind"]> };

const ROLE_LABELS: Readonly<Record<OptionRole, Text>> = {
  moderator: say`Moderator`,
  participant: say`Participant`,
  visitor: say`Visitor`,
  none: say`None (Absent Members)`,
};

/** Every field, in the order in which the form shows them. */
export const CONFIG_FIELDS: readonly ConfigField[] = ROOM_OPTION_LIST.flatMap(fieldsOf);

function fieldsOf(option: KeyedOption): ConfigField[] {
  switch (option.kind) {
    case "boolean":
      return booleanFields(option);
    case "text":
      return [textField(option)];
    case "choice":
      return [choiceField(option)];
    case "count":
      return [countField(option)];
    case "maximum":
      return [maximumField(option)];
    case "roles":
      return [rolesField(option)];
    case "contacts":
      return [contactsField(option)];
    case "patterns":
      return [patternsField(option)];
  }
}

function booleanFields({ key, field, label, alias, needsPages }: Keyed<BooleanOption>): ConfigField[] {
  const names = alias === undefined ? [{ field, label }] : [{ field, label }, alias];
  return names.map((name) => ({
    var: name.field,
    key,
    isOffered: ({ config, environment }) =>
      !needsPages || (environment.pages !== undefined && (config[key] || mayBeLogged(config))),
    show: (config) => ({
      var: name.field,
      type: "boolean",
      label: textOf(name.label),
      values: [config[key] ? "1" : "0"],
    }),
    read: (config, [value]) => {
      if (value === undefined) return config;
      const parsed = parseBoolean(value);
      return parsed === undefined ? undefined : { ...config, [key]: parsed };
    },
  }));
}

function textField({ key, field, label, most, format, isSecret = false }: Keyed<TextOption>): ConfigField {
  const type = isSecret ? "text-private" : "text-single";
  const desc = say`At most ${most} bytes`;
  return {
    var: field,
    key,
    show: (config) => ({ var: field, type, label: textOf(label), desc, values: [config[key]] }),
    read: (config, values) => {
      const joined = values.join("\n");
      const value = isSecret ? joined : joined.trim();
      // Rooms from imports and older versions may have longer texts.
      if (value === config[key]) return config;
      const isGood = escapedBytes(value) <= most && (!format || format.pattern.test(value));
      return isGood ? { ...config, [key]: value } : undefined;
    },
  };
}

function choiceField({ key, field, label, choices }: Keyed<ChoiceOption>): ConfigField {
  return {
    var: field,
    key,
    show: (config) => ({
      var: field,
      type: "list-single",
      label: textOf(label),
      values: [config[key]],
      options: choices.map((choice) => ({ value: choice.value, label: textOf(choice.label) })),
    }),
    read: (config, [value]) => {
      if (value === undefined) return config;
      return choices.some((choice) => choice.value === value) ? { ...config, [key]: value } : undefined;
    },
  };
}

/** Shows a number in a text field with its range (XEP-0122). */
function countField(option: Keyed<CountOption>): ConfigField {
  const { key, field, label } = option;
  return {
    var: field,
    key,
    show: (config, settings) => {
      const max = highest(option, settings);
      const values = [String(Math.min(config[key], max))];
      return { var: field, type: "text-single", label: textOf(label), values, range: { min: 0, max } };
    },
    read: (config, [value], settings) => withCount(config, key, value, highest(option, settings)),
  };
}

/** Shows a list of numbers as section 10.1.3 does; other numbers within the limit are accepted too. */
function maximumField(option: Keyed<MaximumOption>): ConfigField {
  const { key, field, label, suggestions } = option;
  return {
    var: field,
    key,
    show: (config, settings) => {
      const max = highest(option, settings);
      const own = config[key];
      const present = Math.min(own, max);
      const numbers = new Set([...suggestions.filter((n) => n < max), max, ...(own === 0 ? [] : [present])]);
      const options = [...numbers]
        .toSorted((a, b) => a - b)
        .map((n) => ({ value: String(n), label: verbatim(String(n)) }));
      return {
        var: field,
        type: "list-single",
        label: textOf(label),
        values: [own === 0 ? "none" : String(present)],
        options: [...options, { value: "none", label: say`None (Limit of the Service)` }],
      };
    },
    read: (config, [value], settings) => {
      if (value === undefined) return config;
      if (value === "none" || value === "") return { ...config, [key]: 0 };
      return withCount(config, key, value, highest(option, settings));
    },
  };
}

function highest({ limit }: CountOption | MaximumOption, settings: OperatorSettings): number {
  return typeof limit === "number" ? limit : limit.of(settings) || (limit.unlimited ?? 0);
}

function withCount(
  config: RoomConfig,
  key: KeyOfKind<"count" | "maximum">,
  value: string | undefined,
  most: number,
): RoomConfig | undefined {
  if (!/^\d{1,9}$/.test(value ?? "") || Number(value) > most) return undefined;
  return { ...config, [key]: Number(value) };
}

function rolesField({ key, field, label, roles }: Keyed<RolesOption>): ConfigField {
  const options = roles.toReversed().map((value) => ({ value, label: ROLE_LABELS[value] }));
  return {
    var: field,
    key,
    show: (config) => ({
      var: field,
      type: "list-multi",
      label: textOf(label),
      values: config[key],
      options,
    }),
    read: (config, values) => {
      if (values.length === 0) return config;
      const named = new Set(values.filter((value) => value !== ""));
      const chosen = roles.filter((role) => named.has(role));
      return chosen.length === named.size ? { ...config, [key]: chosen } : undefined;
    },
  };
}

function contactsField({ key, field, label, most }: Keyed<ContactsOption>): ConfigField {
  return {
    var: field,
    key,
    show: (config) => ({
      var: field,
      type: "jid-multi",
      label: textOf(label),
      desc: say`At most ${most} addresses`,
      values: config[key],
    }),
    read: (config, values) => {
      const jids = values.filter((value) => value.trim() !== "").map((value) => prepareJid(value));
      const users = jids.flatMap((jid) => (jid?.local === undefined ? [] : [bareOf(jid.full)]));
      const chosen = [...new Set(users)];
      const isGood = users.length === jids.length && chosen.length <= most;
      return isGood ? { ...config, [key]: chosen } : undefined;
    },
  };
}

function patternsField({ key, field, label }: Keyed<PatternsOption>): ConfigField {
  const { patterns, length } = WILDCARD_LIMITS;
  return {
    var: field,
    key,
    show: (config) => ({
      var: field,
      type: "text-multi",
      label: textOf(label),
      desc: say`One pattern a line; at most ${patterns} of ${length} characters`,
      values: config[key],
    }),
    read: (config, values) => {
      const chosen = [...new Set(values.map((value) => value.trim()).filter((value) => value !== ""))];
      return wildcardProblem(chosen) === undefined ? { ...config, [key]: chosen } : undefined;
    },
  };
}

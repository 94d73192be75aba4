// The kinds of options that a room can have.
import type { RoomEnvironment } from "./room-environment.ts";

/** One option of a room. Operators set its default, owners its value. */
export type RoomOption =
  | BooleanOption
  | TextOption
  | ChoiceOption
  | CountOption
  | MaximumOption
  | RolesOption
  | ContactsOption
  | PatternsOption;

interface Described {
  /** Name of its field in the configuration form. */
  readonly field: string;
  /** Label of that field. Fields of XEP-0045 have the labels of its section 10.1.3; others follow their style. */
  readonly label: string;
  /** Explains the option to operators, in Markdown; for the schema and the documentation of the configuration. */
  readonly description: string;
}

export interface BooleanOption extends Described {
  readonly kind: "boolean";
  readonly default: boolean;
  /** Name that another server gives to the same field, for clients that know only that one. */
  readonly alias?: { readonly field: string; readonly label: string };
  /** True if the form offers the option only where a room may have a public log. */
  readonly needsPages?: boolean;
}

export interface TextOption extends Described {
  readonly kind: "text";
  readonly default: string;
  /** Maximum length of the value, in bytes with all optional escapes. */
  readonly most: number;
  /** Treatment of a longer value from a store or an import. */
  readonly overlong: "cut" | "drop" | "keep";
  readonly isSecret?: boolean;
  /** Pattern that a value must match, and its description in error messages. */
  readonly format?: { readonly pattern: RegExp; readonly expected: string };
}

/** One of several values. */
export interface ChoiceOption extends Described {
  readonly kind: "choice";
  readonly default: string;
  readonly choices: readonly { readonly value: string; readonly label: string }[];
}

/** A whole number, from 0. */
export interface CountOption extends Described {
  readonly kind: "count";
  readonly default: number;
  readonly limit: number | OperatorLimit;
}

/** A whole number within the operator's limit; 0 for that limit. The form suggests some. */
export interface MaximumOption extends Described {
  readonly kind: "maximum";
  readonly default: number;
  readonly limit: OperatorLimit;
  readonly suggestions: readonly number[];
}

/** A set of roles. */
export interface RolesOption extends Described {
  readonly kind: "roles";
  readonly default: readonly OptionRole[];
  readonly roles: readonly OptionRole[];
}

/** A role; "none" stands for members who are not in the room. */
export type OptionRole = "none" | "visitor" | "participant" | "moderator";

/** A set of bare JIDs. */
export interface ContactsOption extends Described {
  readonly kind: "contacts";
  readonly default: readonly string[];
  /** Maximum number of JIDs. */
  readonly most: number;
}

/** A list of patterns with wildcards (wildcards.ts). */
export interface PatternsOption extends Described {
  readonly kind: "patterns";
  readonly default: readonly string[];
}

/** The operator's settings that limit options. */
export type OperatorSettings = Pick<RoomEnvironment, "limits" | "archive">;

/** A setting of the operator that is the highest value of an option. */
export interface OperatorLimit {
  /** Its path in the configuration. */
  readonly setting: string;
  readonly of: (settings: OperatorSettings) => number;
  /** The highest value that the form accepts if the setting is 0, which means no limit. Without it 0 is a limit too. */
  readonly unlimited?: number;
}

/** The type of an option's value in a room's configuration. */
export type OptionValue<O extends RoomOption> = O extends BooleanOption
  ? boolean
  : O extends TextOption
    ? string
    : O extends ChoiceOption
      ? O["choices"][number]["value"]
      : O extends CountOption | MaximumOption
        ? number
        : O extends RolesOption
          ? readonly O["roles"][number][]
          : O extends ContactsOption | PatternsOption
            ? readonly string[]
            : never;

// Writes docs/operations.md from the catalogue.
import { commandOf, dashed } from "../src/commands/operation-arguments.ts";
import { CATALOGUE } from "../src/operations/catalogue.ts";
import type { Operation } from "../src/operations/operation.ts";
import { type OperationOption, optionsOf } from "../src/operations/operation-options.ts";

const HEAD = `# Operations

<!-- npm run operations writes this page from src/operations. -->

What an operator can do with the running service. Every operation runs in the service itself: by the rules of the room, in the
order of the room's stanzas, and it answers when the change is stored.

On the command line, each operation is a command: \`verona room show ROOM\`. The command reads the same configuration as the
service and reaches it by a socket (\`controlSocket\` in [configuration.md](configuration.md)), so it runs as the same user.
\`--json\` writes the result as JSON, \`--help\` explains the options. What destroys something asks first; \`--yes\` answers.

\`verona completion bash\` writes a script that completes commands and options; with zsh, \`verona completion zsh\`. Put
\`source <(verona completion bash)\` into \`~/.bashrc\`.

Service administrators call operations from their clients, too: each is an ad-hoc command of the service, with its parameters as a
form ([administration.md](administration.md)). It then acts in the administrator's name.

By HTTP, each operation that has an address answers a client with a token ([http-api.md](http-api.md)).

Exit status: 0 done, 1 refused or failed, 2 wrong usage or configuration. A refusal is one line on standard error, with its
condition at the end.

The column *Scope* is the right that a caller needs: \`read\`, \`moderate\` or \`admin\`; each includes those before it. The command
line has all. The conditions are those of RFC 6120; every operation may also be refused with \`bad-request\` and
\`internal-server-error\`.

Every operation that may change something writes one line to the log: who called it, on which room and user, and the
condition of a refusal. Texts are left out. Rooms keep what staff does in their records of acts, too
([moderation.md](moderation.md)).

`;

/** Returns the text of the page. */
export function operationsPage(): string {
  const overview = [
    "| Command | Effect | Scope | Meaning |",
    "| --- | --- | --- | --- |",
    ...CATALOGUE.map(
      (operation) =>
        `| [\`${commandOf(operation)}\`](#${anchorOf(operation)}) | ${operation.effect} | ${operation.scope} | ${operation.summary} |`,
    ),
  ];
  return `${HEAD}${overview.join("\n")}\n\n${CATALOGUE.map(section).join("\n")}`;
}

const anchorOf = (operation: Operation): string => commandOf(operation).replaceAll(" ", "-");

function section(operation: Operation): string {
  const { operands, summary, http, refusals, isStream } = operation;
  const usage = ["verona", commandOf(operation), ...operands.map((name) => name.toUpperCase())].join(" ");
  const options = optionsOf(operation);
  const lines = [
    `## ${commandOf(operation)}`,
    "",
    `${summary}.`,
    "",
    `- Command line: \`${usage}\``,
    ...(http === undefined ? ["- Only on the command line"] : [`- HTTP: \`${http}\``]),
    ...(isStream ? ["- The result is a sequence of lines (JSON Lines)"] : []),
    ...(refusals.length > 0 ? [`- Refusals: ${refusals.map((name) => `\`${name}\``).join(", ")}`] : []),
    "",
    ...(options.length > 0
      ? [
          "| Parameter | Option | Kind | Meaning |",
          "| --- | --- | --- | --- |",
          ...options.map((option) => row(operation, option)),
          "",
        ]
      : []),
  ];
  return lines.join("\n");
}

function row(
  { operands }: Operation,
  { name, kind, isRequired, description, choices }: OperationOption,
): string {
  const option = operands.includes(name) ? name.toUpperCase() : `--${dashed(name)}`;
  const meaning = [description, choices.length > 0 ? `one of ${choices.join(", ")}` : ""]
    .filter((part) => part !== "")
    .join("; ");
  return `| \`${name}\`${isRequired ? " (required)" : ""} | \`${option}\` | ${kind} | ${meaning} |`;
}

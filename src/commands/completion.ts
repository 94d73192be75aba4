// Completion of commands and options in shells.

import { UsageError } from "../cli/errors.ts";
import { CATALOGUE } from "../operations/catalogue.ts";
import { optionsOf } from "../operations/operation-options.ts";
import { commandOf, dashed } from "./operation-arguments.ts";

export const SHELLS = ["bash", "zsh"] as const;

/** Commands that are no operations of the running service. */
const OTHERS = ["run", "check-config", "export", "import", "migrate", "completion"];

/**
 * Writes a script that completes the commands of `verona` in a shell; zsh runs that of bash. Throws `UsageError` for other
 * shells.
 */
export function completionScript(shell: string | undefined): string {
  if (!SHELLS.some((known) => known === shell))
    throw new UsageError(`completion needs one of ${SHELLS.join(", ")}`);
  const head = shell === "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" : "";
  return `${head}${FUNCTION.replace("CASES", cases().join("\n"))}`;
}

/** Returns the branches of the script: the words that may follow the words before. */
function cases(): string[] {
  const following = new Map<string, Set<string>>([["", new Set(OTHERS)]]);
  const add = (before: string, ...words: string[]): void => {
    const known = following.get(before) ?? new Set();
    for (const word of words) known.add(word);
    following.set(before, known);
  };
  for (const operation of CATALOGUE) {
    const words = commandOf(operation).split(" ");
    words.forEach((word, place) => {
      add(words.slice(0, place).join(" "), word);
    });
    const options = optionsOf(operation)
      .filter(({ name }) => !operation.operands.includes(name))
      .map(({ name }) => `--${dashed(name)}`);
    const more = operation.effect === "destroys" ? ["--yes"] : [];
    add(words.join(" "), ...options, ...more, "--json", "--config", "--help");
  }
  return [...following].map(
    ([before, words]) => `    ${JSON.stringify(before)}) words="${[...words].join(" ")}" ;;`,
  );
}

/** The words of the command are those before the first option; operands of an operation come after its name. */
const FUNCTION = `_verona() {
  local words="" key="" length
  for ((length = COMP_CWORD - 1; length >= 0; length--)); do
    key="\${COMP_WORDS[*]:1:length}"
    case "$key" in
CASES
    esac
    [ -n "$words" ] && break
  done
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _verona verona
`;

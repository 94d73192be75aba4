import { Refusal } from "./api.ts";
import { type Children, html, useState } from "./html.ts";
import { Heading } from "./parts.ts";

interface LoginProps {
  /** Why the user is here. */
  readonly message: string | undefined;
  /** Rejects with `Refusal`. */
  begin(secret: string): Promise<void>;
}

export function LoginView({ message, begin }: LoginProps): Children {
  const [problem, setProblem] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const secret = String(new FormData(event.currentTarget).get("token") ?? "").trim();
    setBusy(true);
    setProblem(undefined);
    try {
      await begin(secret);
    } catch (error) {
      setProblem(error instanceof Refusal ? error.message : String(error));
      setBusy(false);
    }
  };
  return html`<main class="login">
    <${Heading} title="Log in">Verona</${Heading}>
    <p>The console of the chat rooms’ service.</p>
    ${(problem ?? message) && html`<p class=${problem ? "problem" : "note"} role=${problem ? "alert" : "status"}>${problem ?? message}</p>`}
    <form class="form" onSubmit=${submit}>
      <div class="field">
        <label for="token">Token</label>
        <p class="help" id="token-help">The command line makes one: <code>verona token create NAME --scope admin</code></p>
        <input id="token" name="token" type="password" autocomplete="current-password" aria-describedby="token-help"
          aria-required="true" spellcheck=${false} />
      </div>
      <div class="buttons"><button class="primary" type="submit" aria-disabled=${isBusy ? "true" : undefined}>Log in</button></div>
    </form>
    <p class="help">The token stays in this tab until you log out or close it.</p>
  </main>`;
}

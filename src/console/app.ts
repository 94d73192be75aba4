// The console: login, navigation and the view of the address.
import { Announcer } from "./announcer.ts";
import { Refusal } from "./api.ts";
import { mayCall } from "./catalogue.ts";
import { type Children, html, useEffect, useRef, useState } from "./html.ts";
import { LoginView } from "./login.ts";
import { linkTo, type Place, readPlace } from "./route.ts";
import { beginSession, forgetToken, type Session, SessionProvider, storedToken } from "./session.ts";
import { AuditView } from "./views/audit.ts";
import { BansView } from "./views/bans.ts";
import { OperationView } from "./views/operation.ts";
import { OperationsView } from "./views/operations.ts";
import { OverviewView } from "./views/overview.ts";
import { QueueView } from "./views/queue.ts";
import { RoomView } from "./views/room.ts";
import { RoomsView } from "./views/rooms.ts";

/** Views in the navigation, with the operation without which there is nothing to see. */
const VIEWS = [
  { view: "overview", label: "Overview", needs: undefined },
  { view: "rooms", label: "Rooms", needs: "room.show" },
  { view: "queue", label: "Moderation", needs: "reports.list" },
  { view: "audit", label: "Audit", needs: "acts.list" },
  { view: "bans", label: "Blocklist", needs: "bans.list" },
  { view: "operations", label: "All operations", needs: undefined },
] as const;

export function App(): Children {
  const [session, setSession] = useState<Session>();
  const [message, setMessage] = useState<string>();
  const [isResuming, setResuming] = useState(storedToken() !== undefined);
  const ended = (text?: string): void => {
    setSession(undefined);
    setMessage(text);
  };
  const begin = async (secret: string): Promise<void> => {
    const begun = await beginSession(secret, ended);
    setMessage(undefined);
    setSession(begun);
  };
  useEffect(() => {
    const secret = storedToken();
    if (secret === undefined) return;
    begin(secret)
      .catch((error: unknown) => {
        if (!(error instanceof Refusal) || error.status !== 401)
          setMessage(String(error instanceof Error ? error.message : error));
        else forgetToken();
      })
      .finally(() => setResuming(false));
  }, []);
  if (isResuming) return html`<main><p role="status">Loading …</p></main>`;
  if (!session) return html`<${LoginView} ...${{ message, begin }} />`;
  return html`<${SessionProvider} value=${session}><${Shell} session=${session} /></${SessionProvider}>`;
}

function usePlace(): Place {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const follow = (): void => setHash(location.hash);
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return readPlace(hash);
}

function Shell({ session: { token, catalogue, end } }: { readonly session: Session }): Children {
  const place = usePlace();
  const main = useRef<HTMLElement>(null);
  const shown = VIEWS.filter(({ needs }) => needs === undefined || mayCall(token, catalogue.get(needs)));
  const skip = (event: Event): void => {
    event.preventDefault();
    main.current?.focus();
  };
  return html`
    <a class="skip" href="#main" onClick=${skip}>Skip to the content</a>
    <header class="bar">
      <p class="brand"><a href=${linkTo("overview")}>Verona</a> <span class="domain">${token.domain}</span></p>
      <nav aria-label="Views"><ul>${shown.map(
        ({ view, label }) => html`<li key=${view}><a href=${linkTo(view)}
          aria-current=${isWithin(place.view, view) ? "page" : undefined}>${label}</a></li>`,
      )}</ul></nav>
      <p class="account">
        <span title="The token and its scope"><bdi class="theirs">${token.token}</bdi> <span class="tag">${token.scope}</span></span>
        <button type="button" onClick=${() => end("You have logged out.")}>Log out</button>
      </p>
    </header>
    <main ref=${main} id="main" tabindex="-1"><${View} key=${`${place.view}/${place.of}`} place=${place} /></main>
    <${Announcer} />`;
}

const isWithin = (view: string, shown: string): boolean =>
  view === shown ||
  (view === "room" && shown === "rooms") ||
  (view === "operation" && shown === "operations");

function View({ place }: { readonly place: Place }): Children {
  const { view, of, query } = place;
  switch (view) {
    case "rooms":
      return html`<${RoomsView} />`;
    case "room":
      return html`<${RoomView} room=${of ?? ""} />`;
    case "queue":
      return html`<${QueueView} />`;
    case "audit":
      return html`<${AuditView} room=${query.get("room") ?? ""} />`;
    case "bans":
      return html`<${BansView} />`;
    case "operations":
      return html`<${OperationsView} />`;
    case "operation":
      return html`<${OperationView} name=${of ?? ""} query=${query} />`;
    default:
      return html`<${OverviewView} />`;
  }
}

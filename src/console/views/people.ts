// The occupants of a room.
import { Act } from "../act-button.ts";
import type { Occupant, RoomFacts } from "../answers.ts";
import { type Children, html } from "../html.ts";
import { type Column, Table, Theirs } from "../parts.ts";

export function People({ facts, reload }: { readonly facts: RoomFacts; reload(): void }): Children {
  const { room, occupants } = facts;
  const acts = ({ nickname, user }: Occupant): Children => {
    const about = `${nickname} (${user})`;
    const common = { about, done: reload };
    const occupant = { ...common, fixed: { room, nickname } };
    const account = { ...common, fixed: { room, user } };
    return html`<div class="acts">
      <${Act} operation="role.set" label="Role" ...${occupant} />
      <${Act} operation="occupant.kick" label="Kick" ...${occupant} />
      <${Act} operation="room.mute" label="Mute" ...${account} />
      <${Act} operation="room.silence" label="Silence" ...${account} />
      <${Act} operation="room.ban" label="Ban" ...${account} />
    </div>`;
  };
  const columns: readonly Column<Occupant>[] = [
    { name: "Nickname", isHeader: true, cell: ({ nickname }) => html`<${Theirs} text=${nickname} />` },
    { name: "Address", cell: ({ user }) => html`<${Theirs} text=${user} />` },
    { name: "Role", cell: ({ role }) => role },
    { name: "Affiliation", cell: ({ affiliation }) => affiliation },
    { name: "Clients", isNumber: true, cell: ({ clients }) => clients.length },
    { name: "Acts", cell: acts },
  ];
  return html`<section aria-labelledby="people"><h2 id="people">People (${occupants.length})</h2>
    <${Table} caption="Occupants" ...${{ columns }} rows=${occupants} keyOf=${({ nickname }: Occupant) => nickname} empty="Nobody is in the room." />
  </section>`;
}

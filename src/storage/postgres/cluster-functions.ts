// The functions and triggers of the database that change nodes and slots (cluster-tables.ts). Decision 0058.

/**
 * Changes of nodes and slots are made one after the other: each one first locks the row of `cluster`, whose version it
 * raises. So a view of one version is the same for all. A renewal of a node's lease changes neither.
 *
 * - `register_node` registers a process, unless it has done so before, and returns its number and the secret of all nodes.
 *   No commit of a single process succeeds any more.
 * - `claim_slots` takes slots that nobody owns for a registered node.
 * - `give_slots` returns false, and changes nothing, unless both nodes are registered, the giver owns all slots in the
 *   given epochs, and `confirmed` has all other nodes. It returns true if it has given them before.
 * - `bury_node` removes a node whose beat is still the one that was seen, and gives its slots to heirs that are registered.
 *   Returns false otherwise, or if the burier is not registered. It waits for a commit of the node that runs.
 */
export const CLUSTER_FUNCTIONS = `
CREATE FUNCTION verona.raise_version() RETURNS trigger
LANGUAGE plpgsql SET search_path = verona, pg_temp AS $$
BEGIN
  UPDATE cluster SET version = version + 1;
  RETURN NULL;
END $$;

CREATE TRIGGER node_changed BEFORE INSERT OR DELETE OR UPDATE OF is_ready ON verona.node
  FOR EACH STATEMENT EXECUTE FUNCTION verona.raise_version();
CREATE TRIGGER slot_changed BEFORE UPDATE ON verona.slot
  FOR EACH STATEMENT EXECUTE FUNCTION verona.raise_version();

CREATE FUNCTION verona.raise_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  new.epoch := old.epoch + 1;
  RETURN new;
END $$;

CREATE TRIGGER owner_changed BEFORE UPDATE ON verona.slot
  FOR EACH ROW WHEN (old.node IS DISTINCT FROM new.node) EXECUTE FUNCTION verona.raise_epoch();

CREATE FUNCTION verona.register_node(new_name text, process text, first_commit text, new_secret text,
  OUT node bigint, OUT secret text)
LANGUAGE plpgsql SET search_path = verona, pg_temp AS $$
BEGIN
  UPDATE cluster SET secret = coalesce(cluster.secret, new_secret) RETURNING cluster.secret INTO secret;
  UPDATE last_commit SET id = first_commit;
  SELECT id INTO node FROM node AS registered WHERE name = new_name AND holder = process;
  IF NOT FOUND THEN
    INSERT INTO node AS registered (name, holder, beat, seen, link_up, is_ready)
      VALUES (new_name, process, 0, clock_timestamp(), false, false) RETURNING id INTO node;
    INSERT INTO node_commit VALUES (node, first_commit);
  END IF;
END $$;

CREATE FUNCTION verona.claim_slots(claimer bigint, numbers integer[]) RETURNS void
LANGUAGE plpgsql SET search_path = verona, pg_temp AS $$
BEGIN
  PERFORM FROM cluster FOR UPDATE;
  IF EXISTS (SELECT FROM node WHERE id = claimer)
      AND EXISTS (SELECT FROM slot WHERE number = ANY (numbers) AND node IS NULL) THEN
    UPDATE slot SET node = claimer WHERE number = ANY (numbers) AND node IS NULL;
  END IF;
END $$;

CREATE FUNCTION verona.give_slots(giver bigint, receiver bigint, given jsonb, confirmed bigint[])
RETURNS boolean
LANGUAGE plpgsql SET search_path = verona, pg_temp AS $$
DECLARE
  asked bigint;
  owned bigint;
  received bigint;
BEGIN
  PERFORM FROM cluster FOR UPDATE;
  IF NOT EXISTS (SELECT FROM node WHERE id = giver) OR NOT EXISTS (SELECT FROM node WHERE id = receiver) THEN
    RETURN false;
  END IF;
  SELECT count(*), count(*) FILTER (WHERE slot.node = giver AND slot.epoch = item.epoch),
      count(*) FILTER (WHERE slot.node = receiver AND slot.epoch = item.epoch + 1)
    INTO asked, owned, received
    FROM jsonb_to_recordset(given) AS item (slot integer, epoch bigint) LEFT JOIN slot ON number = item.slot;
  IF received = asked THEN RETURN true; END IF;
  IF owned < asked OR EXISTS (SELECT FROM node WHERE id <> giver AND id <> ALL (confirmed)) THEN
    RETURN false;
  END IF;
  UPDATE slot SET node = receiver
    FROM jsonb_to_recordset(given) AS item (slot integer) WHERE number = item.slot;
  RETURN true;
END $$;

CREATE FUNCTION verona.bury_node(burier bigint, dead bigint, seen_beat bigint, heirs jsonb) RETURNS boolean
LANGUAGE plpgsql SET search_path = verona, pg_temp AS $$
BEGIN
  PERFORM FROM cluster FOR UPDATE;
  PERFORM FROM node WHERE id = burier;
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM FROM node WHERE id = dead AND beat = seen_beat FOR UPDATE;
  IF NOT FOUND THEN RETURN false; END IF;
  UPDATE slot SET node = heir.id
    FROM jsonb_array_elements(heirs) AS share
      JOIN node AS heir ON heir.id = (share ->> 'to')::bigint AND heir.id <> dead
      CROSS JOIN jsonb_array_elements_text(share -> 'slots') AS inherited (number)
    WHERE slot.node = dead AND slot.number = inherited.number::integer;
  DELETE FROM node WHERE id = dead;
  RETURN true;
END $$;
`;

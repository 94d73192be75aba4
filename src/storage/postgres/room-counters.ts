// Triggers that count rooms: in each section of the public list (room-list.ts), and by domain of their creators.

const isListed = (row: string): string => `NOT ${row}.locked AND ${row}.config @> '{"public": true}'`;
const domainOf = (row: string): string => `substr(${row}.text, strpos(${row}.text, '@') + 1)`;

export const ROOM_COUNTERS = `
CREATE FUNCTION verona.count_listed(listed text, change bigint) RETURNS void
LANGUAGE plpgsql SET search_path = verona, pg_temp AS $$
DECLARE
  section record;
BEGIN
  UPDATE room_section SET rooms = rooms + change
    WHERE first_node = (SELECT max(first_node) FROM room_section WHERE first_node <= listed)
    RETURNING * INTO section;
  IF section.rooms >= 1000 THEN
    INSERT INTO room_section (first_node, rooms) SELECT node, section.rooms - 500 FROM room
      WHERE ${isListed("room")} AND node >= section.first_node ORDER BY node LIMIT 1 OFFSET 500;
    UPDATE room_section SET rooms = 500 WHERE first_node = section.first_node;
  ELSIF section.rooms = 0 AND section.first_node <> '' THEN
    DELETE FROM room_section WHERE first_node = section.first_node;
  END IF;
END $$;

CREATE FUNCTION verona.count_room() RETURNS trigger
LANGUAGE plpgsql SET search_path = verona, pg_temp AS $$
DECLARE
  change integer := 0;
BEGIN
  IF TG_OP <> 'INSERT' AND ${isListed("old")} THEN change := change - 1; END IF;
  IF TG_OP <> 'DELETE' AND ${isListed("new")} THEN change := change + 1; END IF;
  IF change <> 0 THEN PERFORM count_listed(CASE TG_OP WHEN 'DELETE' THEN old.node ELSE new.node END, change); END IF;
  IF TG_OP <> 'UPDATE' THEN
    UPDATE room_count SET rooms = rooms + CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END WHERE domain = '';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER room_counted AFTER INSERT OR DELETE OR UPDATE OF config, locked ON verona.room
  FOR EACH ROW EXECUTE FUNCTION verona.count_room();

CREATE FUNCTION verona.count_creator() RETURNS trigger
LANGUAGE plpgsql SET search_path = verona, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO room_count (domain, rooms) VALUES (${domainOf("new")}, 1)
      ON CONFLICT (domain) DO UPDATE SET rooms = room_count.rooms + 1;
  ELSE
    UPDATE room_count SET rooms = rooms - 1 WHERE domain = ${domainOf("old")};
    DELETE FROM room_count WHERE domain = ${domainOf("old")} AND rooms = 0;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER creator_counted AFTER INSERT ON verona.note
  FOR EACH ROW WHEN (new.name = 'creator' AND ${domainOf("new")} <> '') EXECUTE FUNCTION verona.count_creator();
CREATE TRIGGER creator_discounted AFTER DELETE ON verona.note
  FOR EACH ROW WHEN (old.name = 'creator' AND ${domainOf("old")} <> '') EXECUTE FUNCTION verona.count_creator();
`;

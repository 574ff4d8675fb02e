package relational

import (
	"context"
	"strings"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// Traveller is a session that reads what lies along a route in one exchange.
type Traveller interface {
	// Travel reads golden rows with their values: each that the route comes to, with
	// TravelledColumns before it. It goes on from live ones of no higher a rank.
	Travel(ctx context.Context, start TravelStart, rank int64, parts graph.Parts, steps []TravelStep) (Rows, error)
}

// TravelStart is where a route begins: at golden records, or with none at those of a
// kind under a matching key.
type TravelStart struct {
	Tenant int64
	IDs    []model.EntityID
	Key    int64
	Kind   int64
	// With a key: the bytes that begin an identifier in the document, and how far behind
	// their beginning the reference to its sealed value is; no bytes for none.
	Seal      []byte
	SealPlace int64
}

// TravelStep is a step as columns: see TravelStepColumns.
type TravelStep struct {
	after, property, back int64
	mark                  []byte
	place                 int64
	class                 []byte
}

// TravelStepColumns are what Write writes: which step it comes after, the property,
// how many links back, and for a link of the record's own the bytes that begin it in
// the document, how far behind their beginning the id is, and what lies between it and
// its class.
var TravelStepColumns = []Column{
	{"after", SmallInt}, {"property", SmallInt}, {"back", Integer}, {"mark", Bytes}, {"place", Integer}, {"class", Bytes},
}

// Write writes the step's columns.
func (s *TravelStep) Write(w Writer) {
	w.Int(s.after)
	w.Int(s.property)
	w.Int(s.back)
	w.Bytes(s.mark)
	w.Int(s.place)
	w.Bytes(s.class)
}

// TravelledColumns are, of a row: the step that came to it; the id that it came to, of
// which there may be no row; where that links to, when the step goes back, and the
// link's role, period and class.
const TravelledColumns = 6

// SealedColumns are, of a row named s, what follows when the route begins at a key.
const SealedColumns = "s.ref, s.hash, s.key_id, s.data"

// Travel reads what lies along a route, where that is one exchange.
func (r *reader) Travel(ctx context.Context, route *graph.Route) (out *graph.Travelled, err error) {
	if !r.store.db.engine.Remote() || route.Disclosure == model.Unclassified {
		return nil, nil
	}
	parts := route.Parts | graph.WithValues
	err = r.withVisible(ctx, "reading along a route", func(s Session) error {
		t, ok := s.(Traveller)
		if !ok {
			return nil
		}
		steps := make([]TravelStep, len(route.Steps))
		for i, step := range route.Steps {
			steps[i] = TravelStep{
				after: int64(step.After), property: propertyNumber(step.Property), back: int64(step.Back),
				mark: step.Spot.Mark, place: int64(step.Spot.Place), class: step.Spot.Class,
			}
		}
		start := TravelStart{
			Tenant: r.store.number, IDs: route.IDs, Key: signed(route.Key), Kind: int64(route.Kind),
			Seal: route.Seal.Mark, SealPlace: int64(route.Seal.Place),
		}
		rows, err := t.Travel(ctx, start, rank(route.Disclosure), parts, steps)
		if err != nil {
			return err
		}
		out = &graph.Travelled{Goldens: map[model.EntityID]graph.Golden{}}
		for rows.Next() {
			readTravelled(out, rows, route, parts)
		}
		return rows.Close()
	})
	return out, err
}

// readSealedAfter reads SealedColumns.
func readSealedAfter(rows Rows, parts graph.Parts) graph.Sealed {
	col := TravelledColumns + 1 + strings.Count(GoldenColumns(parts), ",")
	if rows.Null(col) {
		return graph.Sealed{}
	}
	return graph.Sealed{Ref: rows.ID(col), Hash: readHash(rows, col+1), KeyID: uint32(rows.Int(col + 2)), Data: readBytes(rows, col+3)}
}

func readTravelled(out *graph.Travelled, rows Rows, route *graph.Route, parts graph.Parts) {
	step, id := int(rows.Int(0)), model.EntityID(rows.ID(1))
	if step <= 0 && len(route.IDs) == 0 {
		out.Holders = append(out.Holders, id)
		out.AddSealed(readSealedAfter(rows, parts))
	}
	if step > 0 {
		if by := route.Steps[step-1]; by.Back > 0 {
			l := graph.Link{To: rows.ID(2), Property: by.Property, From: id, Role: rows.Text(3), Period: unpackPeriod(rows.Int(4)), Disclosure: disclosure(rows.Int(5))}
			out.Look(l.To, l.Property, by.Back)
			out.AddLink(l)
		}
	}
	g := graph.Golden{ID: id}
	if !rows.Null(TravelledColumns) {
		if row := readGoldenAt(rows, TravelledColumns, parts); row.State < cleared {
			g = row
		}
	}
	out.Goldens[id] = g
	if g.State != graph.Live || g.Disclosure.Rank() > route.Disclosure.Rank() {
		return
	}
	for _, next := range route.Steps {
		if next.After == step && next.Back > 0 {
			out.Look(id, next.Property, next.Back)
		}
	}
}

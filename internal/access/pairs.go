package access

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// Weigher takes apart what two records weigh by the matching model of their
// kind. It reads the records itself, and tells none of their values.
type Weigher interface {
	// WeighPair is false when no model has weighed records of the kind.
	WeighPair(ctx context.Context, a, b model.EntityID) (Evidence, bool, error)
}

// Evidence is what two records weigh, in bits, step by step.
type Evidence struct {
	Prior, Near, Total float64
	Band               string // reject, review, link
	Model              string // the hash of the model
	Steps              []EvidenceStep
	Constraints        []string // codes of what forbids or demands that they are one thing
}

// EvidenceStep is what one comparison adds.
type EvidenceStep struct {
	Comparison   string
	Level        string // how the values compare
	Bits, Rarity float64
	Properties   []model.PropertyID // whose values it compares
	// SaidA and SaidB are the places of the statements that were compared, of the one
	// record and of the other, where it says several things; nil where it says one.
	SaidA, SaidB []int
}

// PairInfo is a pair of records and what it weighs. Only who may see everything
// that records of its kind are compared by is told of it: a weight tells of values.
type PairInfo struct {
	A, B     RecordInfo
	GoldenA  model.EntityID // the golden record that A is in
	GoldenB  model.EntityID
	Kind     model.Kind
	Band     string
	Weight   float64 // bits
	Model    string  // the hash of the model that weighed it
	Since    model.Revision
	Together bool // they are in one golden record
	at       graph.Weighed
}

// WaterfallInfo is evidence with the values that it compares, as the caller is
// shown them.
type WaterfallInfo struct {
	Evidence
	Steps []StepInfo
}

// StepInfo is one comparison with what either record says.
type StepInfo struct {
	EvidenceStep
	A, B []model.Value
}

var bandNames = map[graph.PairBand]string{graph.RejectBand: "reject", graph.ReviewBand: "review", graph.LinkBand: "link"}

// seesPairs tells whether the caller may see what records are compared by: much
// of it is restricted, of any kind.
func (v *View) seesPairs() bool { return v.rank >= model.Restricted.Rank() }

// Reviews is a page of the pairs of a kind that wait for a steward, the heaviest
// first: they weigh neither for nor against, are apart, and nobody has decided on
// them, or has said last to be unsure. A pair with
// a record that the caller may not see is left out, and all are for a caller who
// may not see restricted values. ErrForbidden for anyone below a steward.
func (v *View) Reviews(ctx context.Context, kind model.Kind, after string, limit int) (*WorkPage[PairInfo], error) {
	store, size, err := v.stewardsPage(limit)
	if err != nil {
		return nil, err
	}
	scope := v.scope(asks(cursorPair).number(uint64(kind)))
	q := graph.HeaviestQuery{Kind: kind, Band: graph.ReviewBand, Limit: maxPage}
	if after != "" {
		if q.After, err = scope.parsePair(after); err != nil {
			return nil, err
		}
	}
	out := &WorkPage[PairInfo]{}
	if !v.seesPairs() {
		return out, nil
	}
	for {
		var rows []graph.Pair
		for p, err := range store.Heaviest(ctx, q) {
			if err != nil {
				return nil, fmt.Errorf("list the pairs that wait: %w", err)
			}
			rows = append(rows, p)
		}
		found, err := v.waiting(ctx, store, rows)
		if err != nil {
			return nil, err
		}
		for _, p := range found {
			if len(out.Items) == size {
				out.HasNext = true
				return out, nil
			}
			out.Items = append(out.Items, p)
			out.Cursors = append(out.Cursors, scope.pair(p.at))
		}
		if len(rows) < q.Limit {
			return out, nil
		}
		last := rows[len(rows)-1]
		q.After = &graph.Weighed{PairKey: last.PairKey, Weight: last.Weight}
	}
}

func (s scope) pair(at graph.Weighed) string {
	return s.encode(cursorPair, binary.BigEndian.AppendUint32(nil, uint32(at.Weight)), at.A[:], at.B[:]) //nolint:gosec // its bits
}

func (s scope) parsePair(cursor string) (*graph.Weighed, error) {
	b, err := s.decode(cursor, cursorPair, 4+2*idSize)
	switch {
	case err != nil:
		return nil, err
	case len(b) != 4+2*idSize:
		return nil, ErrCursor
	}
	at := &graph.Weighed{Weight: int32(binary.BigEndian.Uint32(b))} //nolint:gosec // its bits
	at.A, at.B = model.EntityID(b[4:4+idSize]), model.EntityID(b[4+idSize:])
	return at, nil
}

// countReviews counts the pairs that wait, by kind, of those the caller may see.
// It is nil for a caller who may see none.
func (v *View) countReviews(ctx context.Context, store graph.Reader) (map[model.Kind]int64, error) {
	if !v.seesPairs() {
		return nil, nil //nolint:nilnil // nothing may be said
	}
	out := map[model.Kind]int64{}
	for _, kind := range model.Kinds {
		var n int64
		var err error
		if v.clearance == model.Protected && v.authorities == nil {
			n, err = store.CountReviews(ctx, kind)
		} else {
			n, err = countPages(func(after string) (*WorkPage[PairInfo], error) { return v.Reviews(ctx, kind, after, maxPage) })
		}
		if err != nil {
			return nil, fmt.Errorf("count the pairs that wait: %w", err)
		}
		if n > 0 {
			out[kind] = n
		}
	}
	return out, nil
}

// PairsAmong are the stored pairs between any two of the records, the heaviest
// first: the evidence of a conflict. None are for a caller who may not see
// restricted values. ErrForbidden for anyone below a steward.
func (v *View) PairsAmong(ctx context.Context, records []model.EntityID) ([]PairInfo, error) {
	store, err := v.steward()
	if err != nil || !v.seesPairs() {
		return nil, err
	}
	return v.pairsAmong(ctx, store, records, func(*graph.Pair) bool { return true })
}

// pairsAmong are the pairs between any two of the records that pass.
func (v *View) pairsAmong(ctx context.Context, store graph.Reader, records []model.EntityID, pass func(*graph.Pair) bool) ([]PairInfo, error) {
	var rows []graph.Pair
	for p, err := range store.PairsOn(ctx, records) {
		if err != nil {
			return nil, fmt.Errorf("read the pairs of %d records: %w", len(records), err)
		}
		if slices.Contains(records, p.A) && slices.Contains(records, p.B) && pass(&p) {
			rows = append(rows, p)
		}
	}
	slices.SortStableFunc(rows, func(a, b graph.Pair) int { return int(b.Weight) - int(a.Weight) })
	return v.pairInfos(ctx, rows)
}

// waiting are those of the pairs that are apart and not decided.
func (v *View) waiting(ctx context.Context, store graph.Reader, rows []graph.Pair) ([]PairInfo, error) {
	infos, err := v.pairInfos(ctx, rows)
	if err != nil {
		return nil, err
	}
	var ids []model.EntityID
	for _, p := range infos {
		ids = append(ids, p.A.ID, p.B.ID)
	}
	decided := map[graph.PairKey]bool{}
	for d, err := range store.DecisionsOn(ctx, ids) {
		if err != nil {
			return nil, fmt.Errorf("read the decisions on %d records: %w", len(ids), err)
		}
		decided[graph.PairKey{A: d.A, B: d.B}] = d.Verdict != graph.Unsure // oldest first: the last word counts
	}
	return slices.DeleteFunc(infos, func(p PairInfo) bool {
		return p.Together || !p.A.Live || !p.B.Live || decided[graph.PairKey{A: p.A.ID, B: p.B.ID}]
	}), nil
}

// pairInfos are the pairs both of whose records the caller may see.
func (v *View) pairInfos(ctx context.Context, rows []graph.Pair) ([]PairInfo, error) {
	var ids []model.EntityID
	for _, p := range rows {
		ids = append(ids, p.A, p.B)
	}
	slices.SortFunc(ids, model.EntityID.Compare)
	known, err := v.recordInfos(ctx, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	var out []PairInfo
	for _, p := range rows {
		a, okA := known[p.A]
		b, okB := known[p.B]
		if !okA || !okB || !v.owns(a.Source) || !v.owns(b.Source) || v.partsIdentities() && a.numbers.parted(b.numbers) {
			continue
		}
		out = append(out, PairInfo{
			A: a.RecordInfo, B: b.RecordInfo, GoldenA: a.golden, GoldenB: b.golden, Kind: p.Kind, Band: bandNames[p.Band],
			Weight: float64(p.Weight) / 1000, Model: hex.EncodeToString(p.Model[:]), Since: p.Revision, Together: a.golden == b.golden,
			at: graph.Weighed{PairKey: p.PairKey, Weight: p.Weight},
		})
	}
	return out, nil
}

// Pairs are the pairs that hold a golden record together, heaviest first: those of
// its records that evidence links. ErrForbidden for anyone below a steward,
// ErrNotFound when the golden record is not for the caller.
func (v *View) Pairs(ctx context.Context, id model.EntityID) ([]PairInfo, error) {
	store, err := v.steward()
	if err != nil {
		return nil, err
	}
	s, err := v.withEvidence(ctx, id)
	if err != nil || !v.seesPairs() {
		return nil, err
	}
	return v.pairsAmong(ctx, store, s.evidence.Members, func(p *graph.Pair) bool { return p.Band == graph.LinkBand })
}

// Waterfall takes apart what two records weigh by today's model, with the values
// that are compared as the caller is shown them. ErrForbidden for anyone below a
// steward, ErrNotFound when one of them is not for the caller, or when records of
// their kind have not been weighed.
func (v *View) Waterfall(ctx context.Context, a, b model.EntityID) (*WaterfallInfo, error) {
	if _, err := v.steward(); err != nil {
		return nil, err
	}
	if !v.seesPairs() || v.a.weigher == nil {
		return nil, ErrNotFound
	}
	known, err := v.recordInfos(ctx, []model.EntityID{a, b})
	if err != nil {
		return nil, err
	}
	x, okA := known[a]
	y, okB := known[b]
	if !okA || !okB || x.Kind != y.Kind || !v.owns(x.Source) || !v.owns(y.Source) || v.partsIdentities() && x.numbers.parted(y.numbers) {
		return nil, ErrNotFound
	}
	e, ok, err := v.a.weigher.WeighPair(ctx, a, b)
	if err != nil {
		return nil, fmt.Errorf("weigh records %s and %s: %w", a, b, err)
	}
	if !ok {
		return nil, ErrNotFound
	}
	out := &WaterfallInfo{Evidence: e}
	for _, step := range e.Steps {
		out.Steps = append(out.Steps, StepInfo{step, saidOf(&x, step.Properties, step.SaidA), saidOf(&y, step.Properties, step.SaidB)})
	}
	return out, nil
}

// saidOf is what a redacted record says of the properties, of several things those
// that stand at the places.
func saidOf(r *recordOf, properties []model.PropertyID, places []int) []model.Value {
	var out []model.Value
	if r.Record == nil {
		return nil
	}
	for i, st := range r.Record.Statements {
		if slices.Contains(properties, st.Property) && (places == nil || slices.Contains(places, r.places[i])) {
			out = append(out, st.Value)
		}
	}
	return out
}

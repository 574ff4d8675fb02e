package gql

import (
	"context"
	"errors"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
)

// Pair is two source records and what they weigh.
type Pair struct {
	q *query
	v access.PairInfo
}

// A is the one record.
func (p *Pair) A() *SourceRecord { return &p.q.sourceRecords(p.v.GoldenA, p.v.A)[0] }

// B is the other record.
func (p *Pair) B() *SourceRecord { return &p.q.sourceRecords(p.v.GoldenB, p.v.B)[0] }

// Kind is what they are about.
func (p *Pair) Kind() model.Kind { return p.v.Kind }

// Band is what is done on the evidence.
func (p *Pair) Band() string { return p.v.Band }

// Weight is the evidence in bits.
func (p *Pair) Weight() float64 { return p.v.Weight }

// Together tells whether they are in one golden record.
func (p *Pair) Together() bool { return p.v.Together }

// Model is the hash of the model that weighed them.
func (p *Pair) Model() string { return p.v.Model }

// Since is the revision since when they weigh this.
func (p *Pair) Since() int64 { return int64(p.v.Since) }

// Goldens are the golden records that they are in.
func (p *Pair) Goldens() ([]GoldenRecord, error) {
	ids := []model.EntityID{p.v.GoldenA, p.v.GoldenB}
	if p.v.Together {
		ids = ids[:1]
	}
	out := make([]GoldenRecord, 0, len(ids))
	for _, id := range ids {
		e, err := p.q.entity(id)
		if err != nil {
			return nil, err
		}
		if e != nil {
			out = append(out, p.q.wrap(e))
		}
	}
	return out, nil
}

// Waterfall is what the weight is made of.
func (p *Pair) Waterfall(ctx context.Context) (*Waterfall, error) {
	return waterfall(p.q.view.Waterfall(ctx, p.v.A.ID, p.v.B.ID))
}

// Waterfall is what two records weigh, step by step.
type Waterfall struct{ v *access.WaterfallInfo }

func waterfall(v *access.WaterfallInfo, err error) (*Waterfall, error) {
	if errors.Is(err, access.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &Waterfall{v}, nil
}

// Prior is the odds before anything is compared.
func (w *Waterfall) Prior() float64 { return w.v.Prior }

// Near is what is taken off for those who live close together.
func (w *Waterfall) Near() float64 { return w.v.Near }

// Total is the sum.
func (w *Waterfall) Total() float64 { return w.v.Total }

// Band is what is done on the evidence.
func (w *Waterfall) Band() string { return w.v.Band }

// Constraints are the codes of what counts whatever they weigh.
func (w *Waterfall) Constraints() []string { return w.v.Constraints }

// Model is the hash of the model.
func (w *Waterfall) Model() string { return w.v.Model }

// Steps are what each comparison adds.
func (w *Waterfall) Steps() []WaterfallStep {
	out := make([]WaterfallStep, len(w.v.Steps))
	for i, s := range w.v.Steps {
		out[i] = WaterfallStep{
			Comparison: s.Comparison, Level: s.Level, Bits: s.Bits, Rarity: s.Rarity, A: textsOf(s.A), B: textsOf(s.B),
		}
	}
	return out
}

// WaterfallStep is what one comparison adds.
type WaterfallStep struct {
	Comparison, Level string
	Bits, Rarity      float64
	A, B              []string
}

func textsOf(values []model.Value) []string {
	out := []string{}
	for _, v := range values {
		if text := textOf(v); text != "" {
			out = append(out, text)
		}
	}
	return out
}

// ReviewConnection is a page of pairs that wait.
type ReviewConnection struct{ p workPage[Pair] }

// ReviewEdge is a row of a page of pairs.
type ReviewEdge struct {
	Cursor string
	Node   *Pair
}

// Nodes are the pairs.
func (c *ReviewConnection) Nodes() []*Pair { return c.p.items }

// Edges are the pairs with their cursors.
func (c *ReviewConnection) Edges() []ReviewEdge {
	out := make([]ReviewEdge, len(c.p.items))
	for i, n := range c.p.items {
		out[i] = ReviewEdge{c.p.cursors[i], n}
	}
	return out
}

// PageInfo is where the page lies.
func (c *ReviewConnection) PageInfo() *PageInfo { return &c.p.info }

// Reviews are the pairs that wait for a steward.
func (r *queryResolver) Reviews(ctx context.Context, kind model.Kind, after *string, first *int) (*ReviewConnection, error) {
	q := r.query(ctx, nil)
	found, err := q.view.Reviews(ctx, kind, deref(after), size(first))
	if err != nil {
		return nil, err
	}
	if err := q.loadAheadOf(ctx, "goldens", goldensOf(found.Items)); err != nil {
		return nil, err
	}
	return &ReviewConnection{newWorkPage(found, after != nil, func(p access.PairInfo) *Pair { return &Pair{q, p} })}, nil
}

func goldensOf(pairs []access.PairInfo) []model.EntityID {
	ids := make([]model.EntityID, 0, 2*len(pairs))
	for i := range pairs {
		ids = append(ids, pairs[i].GoldenA, pairs[i].GoldenB)
	}
	return ids
}

// Pairs are those that hold a golden record together.
func (r *queryResolver) Pairs(ctx context.Context, golden model.EntityID) ([]Pair, error) {
	q := r.query(ctx, nil)
	found, err := q.view.Pairs(ctx, golden)
	if errors.Is(err, access.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := q.load(goldensOf(found)); err != nil {
		return nil, err
	}
	if err := q.aheadOf(ctx, "goldens", q.known(goldensOf(found))); err != nil {
		return nil, err
	}
	out := make([]Pair, len(found))
	for i, p := range found {
		out[i] = Pair{q, p}
	}
	return out, nil
}

// Waterfall is what two records weigh.
func (r *queryResolver) Waterfall(ctx context.Context, a, b model.EntityID) (*Waterfall, error) {
	return waterfall(r.query(ctx, nil).view.Waterfall(ctx, a, b))
}

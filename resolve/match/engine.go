package match

// engine is a table with its keys, blocks and comparisons.
type engine struct {
	t         *Table
	comps     []comparison
	keys      []Key
	f         *frequencies
	blocks    *blocks
	workers   int
	comparers []*comparer
}

// newEngine is nil when yield stopped it.
func newEngine(t *Table, m *Model, o Options, yield func(Progress) bool) *engine {
	e := comparing(t, m, o)
	if e.blocks = e.t.blocks(e.keys, o, yield); e.blocks == nil {
		return nil
	}
	return e
}

// comparing is an engine without blocks.
func comparing(t *Table, m *Model, o Options) *engine {
	t = t.keyed(m.frozen())
	e := &engine{t: t, comps: t.comparisons(), keys: t.keysFor(), workers: max(1, o.Workers)}
	if m != nil && m.Frequencies != nil {
		e.f = m.Frequencies.thaw(t)
	} else {
		e.f = t.frequencies()
	}
	for range e.workers {
		e.comparers = append(e.comparers, newComparer(t, e.f, e.comps))
	}
	return e
}

// Options are what Resolve is told. None needs to be set.
type Options struct {
	Model   *Model // used as it is; nil: the shipped one, trained on the table
	Workers int    // goroutines; 0 means 1
	NoTrain bool   // do not train the shipped model: only the rates of strangers are the table's
	// KeepAll keeps every scored pair, not only those that may link.
	KeepAll bool
	// PairsOnly leaves the clusters to whoever knows more of the records: the
	// result has edges, and no Cluster and Holds.
	PairsOnly bool
	// Secret is what key strings are hashed with, where they are kept (see Strings).
	Secret Secret
	// BlockLimit is how many records a block has at most; 0 means BlockLimit.
	BlockLimit int
}

func (o *Options) blockLimit() int {
	if o.BlockLimit > 0 {
		return o.BlockLimit
	}
	return BlockLimit
}

// Edge is a pair of records by number, and what it weighs.
type Edge struct {
	A, B   uint32
	Weight float32
}

// Result is what became of a table.
type Result struct {
	Model      *Model
	Training   *Training
	Keys       []KeyReport
	Candidates int64
	Edges      []Edge // from the review band up, or all; heaviest first
	Cluster    []uint32
	Holds      []float32 // the weakest weight that holds a record in its cluster; NaN alone
	engine     *engine
	scorer     *scorer
}

type scoring struct {
	c     *comparer
	s     *scorer
	least float32
	edges []Edge
	byKey []int64
}

func (v *scoring) visit(k int, x, y uint32) {
	p, rare := v.c.compare(int(x), int(y))
	v.byKey[k]++
	if w := v.s.weigh(p, rare); w >= v.least {
		v.edges = append(v.edges, Edge{x, y, w})
	}
}

// Resolve says which records of a table are one thing. It is false when yield
// stopped it.
func Resolve(t *Table, o Options, yield func(Progress) bool) (*Result, bool, error) {
	e := newEngine(t, o.Model, o, yield)
	if e == nil {
		return nil, false, nil
	}
	r := &Result{Model: o.Model, engine: e}
	if o.Model == nil {
		shipped, err := Default(t.schema.Kind)
		if err != nil {
			return nil, false, err
		}
		if o.NoTrain {
			r.Model = e.fitted(shipped).model(shipped, shipped.Origin, t.Len())
		} else {
			tr, ok := e.training(shipped, "trained", yield)
			if !ok {
				return nil, false, nil
			}
			r.Training, r.Model = tr, tr.Model
		}
	}
	r.scorer = r.Model.scorer(e.comps, r.Model.records(t))
	visitors := make([]visitor, e.workers)
	least := float32(r.Model.Bands.Review)
	if o.KeepAll {
		least = -1000
	}
	for w := range visitors {
		visitors[w] = &scoring{c: e.comparers[w], s: r.scorer, least: least, byKey: make([]int64, len(e.keys))}
	}
	if !e.blocks.each(t, e.workers, 1, visitors, "score", yield) {
		return nil, false, nil
	}
	for k := range e.keys {
		for _, v := range visitors {
			e.blocks.report[k].Pairs += v.(*scoring).byKey[k]
		}
		r.Candidates += e.blocks.report[k].Pairs
	}
	r.Keys = e.blocks.report
	for _, v := range visitors {
		r.Edges = append(r.Edges, v.(*scoring).edges...)
	}
	t.sortEdges(r.Edges)
	if o.PairsOnly {
		return r, true, nil
	}
	var ok bool
	r.Cluster, r.Holds, ok = r.cluster(r.Model.Bands.Link, yield)
	return r, ok, nil
}

// records is how many records the prior of a model is for: those that its term
// frequencies were taken from, so that a pair weighs the same whatever else there
// is, and without them the table's.
func (m *Model) records(t *Table) int {
	if m.Frequencies != nil {
		return m.Frequencies.Records
	}
	return t.Len()
}

// frozen are the term frequencies of a model, or nil.
func (m *Model) frozen() *Frequencies {
	if m == nil {
		return nil
	}
	return m.Frequencies
}

// Frozen is the result's model with the term frequencies of its table, by which
// other records can be weighed alike.
func (r *Result) Frozen() *Model {
	m := *r.Model
	if m.Frequencies == nil {
		m.Frequencies = r.engine.t.freeze(r.engine.f)
	}
	return &m
}

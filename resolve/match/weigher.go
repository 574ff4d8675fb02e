package match

// Fit is a model with a table's own rates of agreement between strangers and its
// term frequencies, and nothing learnt: frozen, so that a pair of records weighs
// the same by it whatever other records there are.
func Fit(t *Table, start *Model, workers int) *Model {
	e := comparing(t, nil, Options{Workers: workers})
	m := e.fitted(start).model(start, start.Origin, t.Len())
	m.Frequencies = t.freeze(e.f)
	return m
}

// Freeze is a model with a table's term frequencies.
func Freeze(t *Table, start *Model) *Model {
	m := *start
	m.Frequencies = t.freeze(t.frequencies())
	return &m
}

// Weigher weighs the records of a small table by a frozen model, as Resolve
// weighs them among all others. It is for one goroutine.
type Weigher struct {
	comps []comparison
	c     *comparer
	s     *scorer
	m     *Model
}

// NewWeigher is a Weigher for the records of a table by a model that Fit, Freeze
// or Frozen has made.
func NewWeigher(t *Table, m *Model) *Weigher {
	f := t.frequencies()
	if m.Frequencies != nil {
		f = m.Frequencies.thaw(t)
	}
	w := &Weigher{comps: t.comparisons(), m: m}
	w.c, w.s = newComparer(t, f, w.comps), m.scorer(w.comps, m.records(t))
	return w
}

// Weigh is the weight of two records of the table, in bits.
func (w *Weigher) Weigh(a, b int) float32 {
	p, rare := w.c.compare(a, b)
	return w.s.weigh(p, rare)
}

// Explain takes apart what two records of the table weigh.
func (w *Weigher) Explain(a, b int) Explanation {
	return w.c.explain(w.s, a, b, w.m.Bands)
}

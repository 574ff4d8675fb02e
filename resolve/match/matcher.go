package match

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
	"github.com/karna-registry/karna/resolve"
)

// Matcher weighs records of the registry by a model that has its term
// frequencies frozen, so that what two records weigh does not depend on which
// others there are, or on when they came.
type Matcher struct {
	kind    model.Kind
	model   *Model
	records int
	proof   func(model.Scheme) model.Proof
}

// NewMatcher makes a matcher for a kind. records is how many the prior is for:
// the registry's, as they were when the model was made. proof may be nil.
func NewMatcher(kind model.Kind, m *Model, records int, proof func(model.Scheme) model.Proof) (*Matcher, error) {
	if m.Kind != kind.String() {
		return nil, fmt.Errorf("the matching model is for kind %s, not %v", m.Kind, kind)
	}
	schema := Schema{Kind: kind, Columns: []Column{{Attr: Name}}}
	if err := schema.Check(); err != nil {
		return nil, err
	}
	return &Matcher{kind: kind, model: m, records: records, proof: proof}, nil
}

// KeyHash is a key under which a record is looked for. Records that agree on
// Levels[0] are candidates; a store whose block for it is too large divides it
// by the next level, and so on. The hashes are of values, so a store keeps them
// under a keyed hash of its own.
type KeyHash struct {
	Name   string
	Levels []uint64
}

// BlockLimit is how many records a block may hold before it is divided.
const BlockLimit = blockLimit

// Keys are the keys of a record, in a fixed order.
func (x *Matcher) Keys(rec *model.Record) []KeyHash {
	t := x.table([]*model.Record{rec})
	row := t.row(0)
	var out []KeyHash
	var buf [rareWords]uint64
	for _, k := range t.keysFor() {
		for _, h := range k.hashes(t, row, buf[:0]) {
			levels := []uint64{mixHash(h ^ hashText(7, k.Name))}
			for i, p := range k.refine {
				levels = append(levels, mixHash(levels[i]^t.hashOfPart(row, p)+uint64(p.part)))
			}
			out = append(out, KeyHash{k.Name, levels})
		}
	}
	return out
}

// Neighbourhood is records that may be one thing, ready to be weighed.
type Neighbourhood struct {
	t     *Table
	c     *comparer
	s     *scorer
	comps []comparison
	bands resolve.Bands
}

// Neighbourhood makes records ready to be weighed against each other.
func (x *Matcher) Neighbourhood(records []*model.Record) *Neighbourhood {
	t := x.table(records)
	n := &Neighbourhood{t: t, comps: t.comparisons(), bands: x.model.Bands}
	f := t.frequencies()
	if x.model.Frequencies != nil {
		f = x.model.Frequencies.thaw(t)
	}
	n.c = newComparer(t, f, n.comps)
	n.s = x.model.scorer(n.comps, x.records)
	return n
}

// Score is what two records weigh. It is the same whichever comes first and
// whoever else is in the neighbourhood.
func (n *Neighbourhood) Score(a, b int) resolve.Weight {
	p, rare := n.c.compare(a, b)
	return resolve.Weight(n.s.weigh(p, rare))
}

// Explain takes apart what two records weigh.
func (n *Neighbourhood) Explain(a, b int) Explanation {
	each := make([]float32, len(n.comps))
	p, rare := n.c.compareEach(a, b, each)
	return n.s.explain(p, rare, each, n.comps, n.bands)
}

// Partition says which of the neighbourhood's candidate pairs hold records
// together. Given the pairs, it gives their edges for resolve.ClusterEdges, which
// judges all constraints: those in the link band as far as the records around
// them agree, those that they object to lowered into the review band, and those
// in the review band as they are.
func (n *Neighbourhood) Partition(pairs [][2]int) []resolve.Edge {
	var edges []resolve.Edge
	for _, p := range pairs {
		a, b := min(p[0], p[1]), max(p[0], p[1])
		if w := n.Score(a, b); a != b && w >= n.bands.Review {
			edges = append(edges, resolve.Edge{A: a, B: b, Weight: w})
		}
	}
	t := n.t
	slices.SortFunc(edges, func(x, y resolve.Edge) int {
		return cmp.Or(cmp.Compare(y.Weight, x.Weight), t.compareRows(uint32(x.A), uint32(y.A)), t.compareRows(uint32(x.B), uint32(y.B)))
	})
	p := NewPartition(t.Len(), func(a, b int) float32 { return float32(n.Score(a, b)) })
	for i := range t.Len() {
		t.claim(p, i, t.row(i))
	}
	for _, e := range edges {
		if e.Weight >= n.bands.Link {
			p.Edge(e.A, e.B, float32(e.Weight))
		}
	}
	p.Solve()
	below := n.bands.Review + (n.bands.Link-n.bands.Review)*0.999
	for i := range edges {
		if e := &edges[i]; e.Weight >= n.bands.Link && p.Find(e.A) != p.Find(e.B) {
			e.Weight = below
		}
	}
	return edges
}

// said is a value of a record as a column of a table.
type said struct {
	column Column
	text   string
}

// table interns records. Its columns are what any of them says.
func (x *Matcher) table(records []*model.Record) *Table {
	all := make([][]said, len(records))
	var columns []Column
	for i, rec := range records {
		all[i] = saidBy(rec)
		for _, s := range all[i] {
			if !slices.Contains(columns, s.column) {
				columns = append(columns, s.column)
			}
		}
	}
	slices.SortFunc(columns, func(a, b Column) int {
		return cmp.Or(int(a.Attr)-int(b.Attr), cmp.Compare(a.Scheme, b.Scheme), cmp.Compare(a.Name, b.Name))
	})
	if len(columns) == 0 {
		columns = []Column{{Attr: Text, Name: "nothing"}}
	}
	b, err := NewBuilder(Schema{Kind: x.kind, Columns: columns, Proof: x.proof})
	if err != nil {
		panic(err) // the kind was checked by NewMatcher, and there is a column
	}
	values := make([]string, len(columns))
	for _, list := range all {
		clear(values)
		for _, s := range list {
			i := slices.Index(columns, s.column)
			switch {
			case values[i] == "":
				values[i] = s.text
			case s.column.Attr == GivenName || s.column.Attr == FamilyName:
				values[i] += " " + s.text
			}
		}
		b.Add(0, values)
	}
	t := b.Table()
	if z := x.model.Frequencies; z != nil {
		t.recount(z)
	}
	return t
}

// recount counts words as the model has them, so that a record's rarest words
// are the same whatever others there are.
func (t *Table) recount(z *Frequencies) {
	for i := range t.texts {
		c := &t.texts[i]
		f := z.Columns["word:"+c.name]
		for w := range c.uses {
			c.uses[w] = uint32(frozen{z}.count(&f, c.words.text(uint32(w)), 0))
		}
	}
}

// saidBy is what a record says, in the words of matching.
func saidBy(rec *model.Record) (out []said) {
	add := func(c Column, text string) {
		if text != "" {
			out = append(out, said{c, text})
		}
	}
	person := rec.Key.Kind == model.Person
	for i := range rec.Statements {
		st := &rec.Statements[i]
		row := ontology.ByID(st.Property)
		if row == nil {
			continue
		}
		switch v := st.Value.(type) {
		case model.Text:
			switch {
			case row.Matching == ontology.MatchName && person:
				add(Column{Attr: ParseAttr(row.Name)}, v.Text)
			case row.Matching == ontology.MatchName:
				add(Column{Attr: Name}, v.Text)
			case row.ID == ontology.RoleTitle:
				add(Column{Attr: Title, Name: row.Name}, v.Text)
			case row.Matching == ontology.MatchText:
				add(Column{Attr: Text, Name: row.Name}, v.Text)
			}
		case model.Date:
			if row.Matching == ontology.MatchBirth && !v.IsZero() {
				add(Column{Attr: BirthDate}, v.String())
			}
		case model.Code:
			switch row.Matching {
			case ontology.MatchSex:
				add(Column{Attr: Sex}, v.Notation)
			case ontology.MatchCode:
				add(Column{Attr: Text, Name: row.Name}, v.Notation)
			}
		case model.Identifier:
			if row.Matching == ontology.MatchIdentifier {
				add(Column{Attr: Identifier, Scheme: v.Scheme}, v.Value)
			}
		case model.Link:
			if row.Matching == ontology.MatchLink {
				add(Column{Attr: Text, Name: row.Name}, referenceText(v.Ref))
			}
		case model.Contact:
			if row.Matching == ontology.MatchContact {
				add(contactColumn(v), v.Value)
			}
		case model.Address:
			if row.Matching == ontology.MatchAddress {
				add(Column{Attr: Street}, v.Street)
				add(Column{Attr: StreetNumber}, v.StreetNumber)
				add(Column{Attr: PostalCode}, v.PostalCode)
				add(Column{Attr: Locality}, v.Locality)
			}
		case model.Geometry:
			if rec.Key.Kind == model.Geography && v.WKT == "" {
				add(Column{Attr: Northing}, strconv.FormatFloat(v.Lat, 'f', 7, 64))
				add(Column{Attr: Easting}, strconv.FormatFloat(v.Lon, 'f', 7, 64))
			}
		}
	}
	if from := rec.Period.From; rec.Key.Kind == model.Role && !from.IsZero() {
		add(Column{Attr: StartDate}, from.String())
	}
	return out
}

// contactColumn is where a way to reach somebody is compared; the web is not.
func contactColumn(c model.Contact) Column {
	switch c.Medium {
	case "email":
		return Column{Attr: Email}
	case "phone":
		return Column{Attr: Phone}
	}
	return Column{Attr: Ignored}
}

// referenceText is what a link points at, as one text.
func referenceText(r model.Reference) string {
	if r.ByIdentifier() {
		return string(r.Scheme) + " " + r.Value
	}
	return string(r.Key.Source) + " " + r.Key.LocalID
}

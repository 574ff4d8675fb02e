package csv

import (
	"strconv"
	"strings"

	"golang.org/x/text/encoding/charmap"

	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/ingest/normalise"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// plan is a mapping bound to a file's columns: nothing is looked up by name when
// rows are mapped.
type plan struct {
	dialect
	name     string
	charset  *charmap.Charmap // nil for UTF-8
	decimal  byte             // the decimal sign
	columns  []string
	used     []bool // by column: some record takes it
	language string
	dates    []normalise.Layout
	records  []recordPlan
	schemes  map[model.Scheme]model.Proof
	source   model.Source

	hasPersons bool // the mapping has persons
	flags      bool // a link says of one that they are protected, in a record of its own
	flagsByKey bool // a link by key says of one that they are protected
	strays     []stray
}

// stray is a column that tells by its name that persons are protected and that the
// mapping does not take.
type stray struct {
	column int
	read   func(string) normalise.Flag
}

// text says what a value is made of.
type text struct {
	parts    []part
	constant string
}

// part is a piece of a template: a column, or text.
type part struct {
	column int // -1 for text
	text   string
}

type condition struct {
	column int
	equals []string
	not    []string
	empty  *bool
}

type periodPlan struct {
	from, to  int // -1 where the mapping has none
	inclusive bool
	dates     []normalise.Layout
}

type recordPlan struct {
	kind       model.Kind
	key        text
	when       []condition
	disclosure model.Disclosure
	stamp      int // -1
	stampDates []normalise.Layout
	deleted    int // -1
	deletedBy  []string
	period     *periodPlan
	fields     []fieldPlan
}

type fieldPlan struct {
	row      *ontology.Property
	from     text
	column   int // the one that issues name, -1 for none
	when     []condition
	scheme   model.Scheme
	replaced bool // the source says that the holder has another value now
	codeList string
	values   map[string]string
	split    string
	lang     string
	dates    []normalise.Layout
	medium   string
	use      string
	link     *linkPlan
	address  *addressPlan
	point    *pointPlan
	period   *periodPlan
	flag     func(string) normalise.Flag // of protection
}

type linkPlan struct {
	// flag reads the column flagged: whether whom the link leads to is protected.
	flag    func(string) normalise.Flag
	flagged int

	kind   model.Kind
	source model.Source
	key    text
	scheme model.Scheme
	role   string
}

type addressPlan struct {
	use   string
	parts [12]text // in the order of addressSpec
}

type pointPlan struct {
	east, north int
	in          reference // zero: the jurisdiction's
}

// personalNumber is the mapping's word for a column that holds several schemes
// of personal numbers.
const personalNumber = "personal-number"

// scopedBySource are the schemes that mean something only within a source.
var scopedBySource = []model.Scheme{model.LocalID, model.EmployeeNumber, model.CostCentre, model.ServiceID}

// binder makes a plan of a mapping; it keeps the first thing that is wrong.
type binder struct {
	*plan
	err error
}

func (b *binder) wrong(l line, format string, args ...any) {
	if b.err == nil {
		b.err = wrong(l, format, args...)
	}
}

// proofOf is what a scheme proves: the mapping's word, the tenant's or the
// model's.
func (p *plan) proofOf(tenant func(model.Scheme) model.Proof) func(model.Scheme) model.Proof {
	return func(s model.Scheme) model.Proof {
		if proof, ok := p.schemes[s]; ok {
			return proof
		}
		if proof, ok := p.schemes[s.Base()]; ok {
			return proof
		}
		if tenant != nil {
			return tenant(s)
		}
		return model.ProofOf(s)
	}
}

// keyScheme is the scheme of the keys of a source's persons, where a link by key
// flags one.
func (p *plan) keyScheme() model.Scheme { return model.LocalID.Scoped(string(p.source) + ".key") }

// bind finds the mapping's columns among those of the file.
func (p *plan) bind(m *mapping, columns []string) error {
	b := &binder{plan: p}
	p.columns = columns
	p.used = make([]bool, len(columns))
	for i := range m.Records {
		p.records = append(p.records, b.record(m.Records[i]))
	}
	for i, used := range p.used {
		if read := normalise.ProtectionField(columns[i]); read != nil && !used {
			p.used[i] = true
			p.strays = append(p.strays, stray{i, read})
		}
	}
	return b.err
}

// column is the index of a named column.
func (b *binder) column(l line, name string) int {
	found := -1
	for i, c := range b.columns {
		if c != name {
			continue
		}
		if found >= 0 && b.err == nil {
			b.err = ingest.Errorf("mapping line "+strconv.Itoa(int(l)), "deliver a file whose columns have different names", "column %q stands twice in the file, so nobody knows which is meant", name)
		}
		found = i
		b.used[i] = true
	}
	if found < 0 && b.err == nil {
		// The file's own names are not told: without a header row they are data.
		b.err = ingest.Errorf("mapping line "+strconv.Itoa(int(l)), "correct the mapping, deliver the file that it is for, or set header: false", "none of the file's %d columns is called %q", len(b.columns), name)
	}
	return found
}

func (b *binder) optional(l line, name string) int {
	if name == "" {
		return -1
	}
	return b.column(l, name)
}

// text reads a column's name, or a template with columns in braces.
func (b *binder) text(l line, s string) text {
	if s == "" {
		return text{}
	}
	if !strings.ContainsAny(s, "{}") {
		return text{parts: []part{{column: b.column(l, s)}}}
	}
	var out text
	for s != "" {
		open := strings.IndexByte(s, '{')
		if open < 0 {
			open = len(s)
		}
		if open > 0 {
			out.parts = append(out.parts, part{-1, s[:open]})
			s = s[open:]
			continue
		}
		end := strings.IndexByte(s, '}')
		if end < 0 {
			b.wrong(l, "a template with { and no }")
			return out
		}
		out.parts = append(out.parts, part{column: b.column(l, s[1:end])})
		s = s[end+1:]
	}
	return out
}

// first is a column that the text is made of, or -1.
func (t text) first() int {
	for _, p := range t.parts {
		if p.column >= 0 {
			return p.column
		}
	}
	return -1
}

// last is the last column that the text is made of, or -1.
func (t text) last() int {
	last := -1
	for _, p := range t.parts {
		last = max(last, p.column)
	}
	return last
}

func (b *binder) layouts(l line, in []string, otherwise []normalise.Layout) []normalise.Layout {
	if len(in) == 0 {
		return otherwise
	}
	var out []normalise.Layout
	for _, s := range in {
		layout, err := normalise.NewLayout(s)
		if err != nil {
			b.wrong(l, "%v", err)
		}
		out = append(out, layout)
	}
	return out
}

func (b *binder) conditions(in list[at[when]]) []condition {
	var out []condition
	for _, w := range in {
		if len(w.spec.Equals)+len(w.spec.Not) == 0 && w.spec.Empty == nil {
			b.wrong(w.line, "a condition that says nothing: want equals, not or empty")
		}
		out = append(out, condition{b.column(w.line, w.spec.Column), w.spec.Equals, w.spec.Not, w.spec.Empty})
	}
	return out
}

func (b *binder) period(in *at[periodSpec]) *periodPlan {
	if in == nil {
		return nil
	}
	out := &periodPlan{from: b.optional(in.line, in.spec.From), to: b.optional(in.line, in.spec.To)}
	if in.spec.To != "" && in.spec.Inclusive == nil {
		b.wrong(in.line, "say whether the last day is in the period: inclusive: true or false")
	}
	out.inclusive = in.spec.Inclusive != nil && *in.spec.Inclusive
	out.dates = b.layouts(in.line, in.spec.Format, b.dates)
	return out
}

func (b *binder) record(in at[recordSpec]) recordPlan {
	s := in.spec
	out := recordPlan{stamp: -1, deleted: -1}
	var err error
	if out.kind, err = model.ParseKind(s.Kind); err != nil {
		b.wrong(in.line, "%v", err)
	}
	if s.Key == "" {
		b.wrong(in.line, "a record without a key: name its column")
	}
	out.key = b.text(in.line, s.Key)
	if out.key.first() < 0 {
		b.wrong(in.line, "a key without a column is the same for every row")
	}
	out.when = b.conditions(s.When)
	if s.Disclosure != "" {
		if out.disclosure, err = model.ParseDisclosure(s.Disclosure); err != nil {
			b.wrong(in.line, "%v", err)
		}
	}
	if s.Stamp != nil {
		out.stamp = b.column(s.Stamp.line, s.Stamp.spec.Column)
		out.stampDates = b.layouts(s.Stamp.line, s.Stamp.spec.Format, b.dates)
	}
	if s.Delete != nil {
		out.deleted = b.column(s.Delete.line, s.Delete.spec.Column)
		out.deletedBy = s.Delete.spec.Values
	}
	out.period = b.period(s.Period)
	for _, f := range s.Fields {
		out.fields = append(out.fields, b.field(out.kind, f))
	}
	return out
}

func (b *binder) field(kind model.Kind, in at[fieldSpec]) fieldPlan {
	s, l := in.spec, in.line
	out := fieldPlan{column: -1, split: s.Split, values: s.Values, lang: s.Lang}
	out.row = ontology.ByName(kind, s.Property)
	if out.row == nil || out.row.Derived {
		b.wrong(l, "%s has no property %q that a source can state", kind, s.Property)
		return out
	}
	out.from = b.source(l, s)
	out.column = out.from.first()
	out.when = b.conditions(s.When)
	out.dates = b.layouts(l, s.Format, b.dates)
	out.period = b.period(s.Period)
	if out.lang == "" {
		out.lang = b.language
	}
	if out.replaced = s.Replaced; s.Replaced && out.row.Type != model.TypeIdentifier {
		b.wrong(l, "replaced: property %s is no identifier", s.Property)
	}
	b.typed(&out, in)
	return out
}

// source reads where a field's value comes from.
func (b *binder) source(l line, s fieldSpec) text {
	given := 0
	for _, set := range []bool{s.Column != "", s.Template != "", s.Constant != "", s.Address != nil, s.Geometry != nil, s.Link != nil && s.Link.spec.Key != ""} {
		if set {
			given++
		}
	}
	ofPeriod := s.Period != nil && given == 0
	if given != 1 && !(given == 2 && s.Column != "" && s.Link != nil && s.Link.spec.Key != "") && !ofPeriod {
		b.wrong(l, "field %s: want exactly one of column, template, constant, address, geometry and a link's key", s.Property)
	}
	switch {
	case s.Column != "":
		return text{parts: []part{{column: b.column(l, s.Column)}}}
	case s.Template != "":
		return b.text(l, s.Template)
	case s.Link != nil && s.Link.spec.Key != "":
		return b.text(s.Link.line, s.Link.spec.Key)
	}
	return text{constant: s.Constant}
}

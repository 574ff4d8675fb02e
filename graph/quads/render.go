package quads

import (
	"strconv"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// AppendGolden appends a golden record's quads: its own first, then those of
// each node that hangs on it. To render many, keep a Renderer.
func AppendGolden(dst []Quad, base string, g *model.Golden) []Quad {
	return NewRenderer(base).AppendGolden(dst, g)
}

// Renderer turns golden records and records into quads with buffers that it
// uses again. It is not for concurrent use. The quads' strings stay valid.
type Renderer struct {
	base    string
	paths   [7]string // "{base}/id/{kind}/"
	arena   arena
	codes   map[model.Code]string
	schemes map[string]string

	// Of the thing being rendered:
	subject   string
	graph     string
	originals []string // parallel to values; nil for a golden record
	nodes     []Quad   // quads of the nodes that hang on it
	periods   []periodIRI
	classes   []string
	scratch   []byte
}

type periodIRI struct {
	period model.Period
	iri    string
}

// NewRenderer makes a renderer for addresses under a base IRI, which CheckBase
// accepts.
func NewRenderer(base string) *Renderer {
	r := &Renderer{base: base, codes: map[model.Code]string{}, schemes: map[string]string{}}
	for _, k := range model.Kinds {
		r.paths[k] = base + "/id/" + k.String() + "/"
	}
	return r
}

// AppendGolden appends a golden record's quads: its own first, then those of
// each node that hangs on it. They are always the same for the same record.
func (r *Renderer) AppendGolden(dst []Quad, g *model.Golden) []Quad {
	if int(g.Kind) >= len(r.paths) || g.Kind == model.KindUnknown {
		return dst
	}
	subject := r.entity(r.paths[g.Kind], g.ID)
	return r.append(dst, subject, subject, g.Kind, g.Period, g.Values)
}

// append renders values about subject; nodes hang on the IRI owner.
func (r *Renderer) append(dst []Quad, subject, owner string, kind model.Kind, exists model.Period, values []model.GoldenValue) []Quad {
	r.subject, r.nodes, r.periods = subject, r.nodes[:0], r.periods[:0]
	start := len(dst)
	r.classes = appendClasses(r.classes[:0], kind, values)
	for _, c := range r.classes {
		dst = r.quad(dst, subject, rdfType, iri(c))
	}
	if !exists.IsZero() {
		dst = r.quad(dst, subject, dctTemporal, iri(r.period(owner, exists)))
	}
	for i := 0; i < len(values); {
		j := i + 1
		for j < len(values) && values[j].Property == values[i].Property {
			j++
		}
		if t := termOf(values[i].Property); t != nil && t.row.Kind == kind {
			dst = r.group(dst, start, owner, t, i, values[i:j])
		}
		i = j
	}
	if kind == model.Concept {
		dst = r.appendSameAs(dst, subject, values)
	}
	return append(dst, r.nodes...)
}

func (r *Renderer) quad(dst []Quad, s, p string, o Term) []Quad {
	return append(dst, Quad{Subject: s, Predicate: p, Object: o, Graph: r.graph})
}

func (r *Renderer) entity(path string, id model.EntityID) string {
	var hyphenated [36]byte
	encodeID(&hyphenated, id)
	start := r.arena.begin(len(path) + len(hyphenated))
	r.arena.block.WriteString(path)
	r.arena.block.Write(hyphenated[:])
	return r.arena.since(start)
}

func encodeID(dst *[36]byte, id model.EntityID) {
	const digits = "0123456789abcdef"
	at := 0
	for i, b := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst[at] = '-'
			at++
		}
		dst[at], dst[at+1] = digits[b>>4], digits[b&15]
		at += 2
	}
}

// nodeIRI is owner#property-rank: made of nothing that could be personal.
func (r *Renderer) nodeIRI(owner, fragment string, rank int) string {
	start := r.arena.begin(len(owner) + len(fragment) + 20)
	r.arena.block.WriteString(owner)
	r.arena.block.WriteString(fragment)
	var n [20]byte
	r.arena.block.Write(strconv.AppendInt(n[:0], int64(rank), 10))
	return r.arena.since(start)
}

// period is the node of a period, made at its first use. Values that hold for
// the same period share it.
func (r *Renderer) period(owner string, p model.Period) string {
	for i := range r.periods {
		if r.periods[i].period == p {
			return r.periods[i].iri
		}
	}
	s := r.nodeIRI(owner, "#period-", len(r.periods)+1)
	r.periods = append(r.periods, periodIRI{p, s})
	r.nodes = r.quad(r.nodes, s, rdfType, iri(classPeriod))
	if !p.From.IsZero() {
		r.nodes = r.quad(r.nodes, s, startDate, r.date(p.From))
	}
	if !p.To.IsZero() {
		r.nodes = r.quad(r.nodes, s, endDate, r.date(lastOf(p.To)))
	}
	return s
}

func (r *Renderer) date(d model.Date) Term {
	var datatype string
	r.scratch, datatype = appendDate(r.scratch[:0], d)
	return Term{Kind: Literal, Value: r.arena.bytes(r.scratch), Datatype: datatype}
}

// group renders the values of one property; at is the place of the first one
// among all values.
func (r *Renderer) group(dst []Quad, start int, owner string, t *term, at int, group []model.GoldenValue) []Quad {
	for i := range group {
		original := ""
		if r.originals != nil {
			original = r.originals[at+i]
		}
		v := &group[i]
		switch t.form {
		case node, literalNode, textNode, changeNode:
			dst = r.structure(dst, start, owner, t, i+1, v, original)
		case periodNode:
			if p, ok := v.Value.(model.Period); ok && !p.IsZero() {
				dst = r.qualify(dst, start, owner, t, i, group, iri(r.period(owner, p)), original)
			}
		default:
			if o, ok := r.object(t, v.Value); ok {
				dst = r.qualify(dst, start, owner, t, i, group, o, original)
			}
		}
	}
	return dst
}

// qualify appends a value's quad where it has one of its own, and its statement
// where something qualifies it or nothing else would hold it.
func (r *Renderer) qualify(dst []Quad, start int, owner string, t *term, i int, group []model.GoldenValue, o Term, original string) []Quad {
	v := &group[i]
	for j := range i {
		if group[j] == *v {
			return dst
		}
	}
	asserted := t.row.Many || first(group, i, t.row.Localized)
	repeats := (i > 0 || t.shared) && stated(dst[start:], t.predicate, o)
	if asserted && !repeats {
		dst = r.quad(dst, r.subject, t.predicate, o)
	}
	link, _ := v.Value.(model.Link)
	if asserted && original == "" && v.Period.IsZero() && link.Role == "" && link.Note == "" && !qualifiedElsewhere(group, i) {
		return dst
	}
	temporal := ""
	if !v.Period.IsZero() {
		temporal = r.period(owner, v.Period)
	}
	s := r.nodeIRI(owner, t.fragment, i+1)
	dst = r.quad(dst, r.subject, statement, iri(s))
	n := r.quad(r.nodes, s, rdfType, iri(classStatement))
	n = r.quad(n, s, statementProperty, iri(t.predicate))
	n = r.quad(n, s, statementValue, o)
	if temporal != "" {
		n = r.quad(n, s, dctTemporal, iri(temporal))
	}
	n = r.optional(n, s, statementRole, link.Role)
	n = r.optional(n, s, statementNote, link.Note)
	r.nodes = r.optional(n, s, originalText, original)
	return dst
}

func (r *Renderer) optional(dst []Quad, s, p, value string) []Quad {
	if value == "" {
		return dst
	}
	return r.quad(dst, s, p, literal(value))
}

// first tells whether a value is the property's first one, in its language
// where language separates values.
func first(group []model.GoldenValue, i int, localized bool) bool {
	if i == 0 || !localized {
		return i == 0
	}
	v, _ := group[i].Value.(model.Text)
	for j := range i {
		if w, ok := group[j].Value.(model.Text); ok && w.Lang == v.Lang {
			return false
		}
	}
	return true
}

// qualifiedElsewhere tells whether another value of the group says the same
// with a qualification, so that the bare value needs a statement to be seen.
func qualifiedElsewhere(group []model.GoldenValue, i int) bool {
	if len(group) == 1 {
		return false
	}
	same := func(v model.Value) any {
		if l, ok := v.(model.Link); ok {
			return l.To
		}
		return v
	}
	for j := range group {
		if j != i && group[j] != group[i] && same(group[j].Value) == same(group[i].Value) {
			return true
		}
	}
	return false
}

func stated(quads []Quad, predicate string, o Term) bool {
	for i := range quads {
		if quads[i].Predicate == predicate && quads[i].Object == o {
			return true
		}
	}
	return false
}

// object is a value as the object of a quad; ok is false for what RDF does not
// say: a dangling link, a number that is none.
func (r *Renderer) object(t *term, v model.Value) (Term, bool) {
	switch v := v.(type) {
	case model.Text:
		switch {
		case t.form == schemeText:
			return iri(r.scheme(v.Text)), true
		case t.form == pageText && v.Lang == "" && isPage(v.Text):
			return iri(v.Text), true
		case ValidLang(v.Lang):
			return Term{Kind: Literal, Value: text(v.Text), Lang: v.Lang}, true
		}
		return literal(v.Text), true
	case model.Date:
		return r.date(v), !v.IsZero()
	case model.Code:
		return iri(r.code(v)), true
	case model.Link:
		if v.To.IsZero() || len(t.row.Range) == 0 {
			return Term{}, false
		}
		return iri(r.entity(r.paths[t.row.Range[0]], v.To)), true
	case model.Number:
		if !finite(float64(v)) {
			return Term{}, false
		}
		r.scratch = appendNumber(r.scratch[:0], float64(v))
		return Term{Kind: Literal, Value: r.arena.bytes(r.scratch), Datatype: xsdDecimal}, true
	case model.Boolean:
		return Term{Kind: Literal, Value: strconv.FormatBool(bool(v)), Datatype: xsdBoolean}, true
	case model.Geometry:
		if !finite(v.Lon) || !finite(v.Lat) {
			return Term{}, false
		}
		r.scratch = appendWKT(r.scratch[:0], v)
		return Term{Kind: Literal, Value: r.arena.bytes(r.scratch), Datatype: wktLiteral}, true
	}
	return Term{}, false
}

// maxCodes bounds the codes remembered: lists are short, but what sources call
// a code need not be.
const maxCodes = 4096

func (r *Renderer) code(c model.Code) string {
	if s, ok := r.codes[c]; ok {
		return s
	}
	if len(r.codes) >= maxCodes {
		clear(r.codes)
	}
	s := CodeIRI(r.base, c.Scheme, c.Notation)
	r.codes[c] = s
	return s
}

func (r *Renderer) scheme(name string) string {
	if s, ok := r.schemes[name]; ok {
		return s
	}
	if len(r.schemes) >= maxCodes {
		clear(r.schemes)
	}
	s := SchemeIRI(r.base, name)
	r.schemes[name] = s
	return s
}

// appendSameAs links a concept to the IRI by which values refer to it.
func (r *Renderer) appendSameAs(dst []Quad, subject string, values []model.GoldenValue) []Quad {
	var c model.Code
	for i := range values {
		v, ok := values[i].Value.(model.Text)
		switch {
		case !ok:
		case values[i].Property == ontology.ConceptScheme && c.Scheme == "":
			c.Scheme = v.Text
		case values[i].Property == ontology.ConceptNotation && c.Notation == "":
			c.Notation = v.Text
		}
	}
	if c.Scheme == "" || c.Notation == "" {
		return dst
	}
	return r.quad(dst, subject, sameAs, iri(CodeIRI(r.base, c.Scheme, c.Notation)))
}

package quads

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// ErrNotGolden is the answer to quads that are not those of one golden record.
var ErrNotGolden = errors.New("the quads are not those of one golden record")

// ToGolden reads a golden record back from its quads, in any order: what
// AppendGolden wrote, so not what RDF does not carry (revision, disclosure,
// sealed identifiers, dangling links, a geometry's original). Values of a
// many-valued property that nothing qualifies come in byte order of their
// quads. The error is ErrNotGolden.
func ToGolden(quads []Quad) (*model.Golden, error) {
	p := parser{bySubject: map[string][]Quad{}, stated: map[string]map[Term]bool{}}
	for _, q := range quads {
		p.bySubject[q.Subject] = append(p.bySubject[q.Subject], q)
	}
	if err := p.findEntity(); err != nil {
		return nil, err
	}
	own := slices.Clone(p.bySubject[p.subject])
	slices.SortFunc(own, compareQuads)
	own = slices.Compact(own)
	for _, q := range own {
		if q.Predicate == statement {
			p.statement(q.Object.Value)
		}
	}
	for _, q := range own {
		p.quad(q)
	}
	if p.err != nil {
		return nil, p.err
	}
	p.golden.Values = p.values()
	return &p.golden, nil
}

type parser struct {
	bySubject map[string][]Quad
	base      string
	subject   string
	golden    model.Golden
	items     []item
	stated    map[string]map[Term]bool // by predicate: what statements say
	err       error
}

// item is a value and its rank, 0 where the quads do not tell.
type item struct {
	rank  int
	value model.GoldenValue
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("%w: "+format, append([]any{ErrNotGolden}, args...)...)
	}
}

func (p *parser) findEntity() error {
	for s := range p.bySubject {
		at := strings.LastIndex(s, "/id/")
		if at < 0 {
			continue
		}
		kind, id, ok := ParseEntityIRI(s[:at], s)
		if !ok {
			continue
		}
		if p.subject != "" {
			return fmt.Errorf("%w: there are two", ErrNotGolden)
		}
		p.base, p.subject = s[:at], s
		p.golden.Kind, p.golden.ID = kind, id
	}
	if p.subject == "" {
		return fmt.Errorf("%w: no subject has the address of one", ErrNotGolden)
	}
	return nil
}

// one is the single object of a node's predicate.
func (p *parser) one(node, predicate string) (Term, bool) {
	for _, q := range p.bySubject[node] {
		if q.Predicate == predicate {
			return q.Object, true
		}
	}
	return Term{}, false
}

func (p *parser) str(node, predicate string) string {
	o, _ := p.one(node, predicate)
	return o.Value
}

// period reads a node of class dct:PeriodOfTime.
func (p *parser) period(node string) (out model.Period) {
	if from, ok := p.one(node, startDate); ok {
		if out.From, ok = parseDate(from.Value, from.Datatype); !ok {
			p.fail("a start date cannot be read")
		}
	}
	if through, ok := p.one(node, endDate); ok {
		last, ok := parseDate(through.Value, through.Datatype)
		if !ok {
			p.fail("an end date cannot be read")
		}
		if out.To = last.Next(); last.IsZero() {
			out.To = model.Date{Year: 1}
		}
	}
	if out.IsZero() {
		p.fail("a period has neither start nor end")
	}
	return out
}

func (p *parser) temporal(node string) model.Period {
	if o, ok := p.one(node, dctTemporal); ok {
		return p.period(o.Value)
	}
	return model.Period{}
}

// place reads a node's property and rank from its address.
func (p *parser) place(node string) (*term, int) {
	fragment, ok := strings.CutPrefix(node, p.subject+"#")
	at := strings.LastIndexByte(fragment, '-')
	if ok && at > 0 {
		rank, err := strconv.Atoi(fragment[at+1:])
		if row := ontology.ByName(p.golden.Kind, fragment[:at]); row != nil && err == nil && rank > 0 {
			return termOf(row.ID), rank
		}
	}
	p.fail("a node is of no property")
	return nil, 0
}

func (p *parser) add(t *term, rank int, v model.Value, period model.Period) {
	p.items = append(p.items, item{rank, model.GoldenValue{Property: t.row.ID, Value: v, Period: period}})
}

func (p *parser) statement(node string) {
	t, rank := p.place(node)
	if t == nil {
		return
	}
	o, ok := p.one(node, statementValue)
	if !ok {
		p.fail("a statement has no value")
		return
	}
	if p.stated[t.predicate] == nil {
		p.stated[t.predicate] = map[Term]bool{}
	}
	p.stated[t.predicate][o] = true
	v, ok := p.value(t, o)
	if !ok {
		p.fail("a statement's value is not of its property's type")
		return
	}
	if l, ok := v.(model.Link); ok {
		l.Role, l.Note = p.str(node, statementRole), p.str(node, statementNote)
		v = l
	}
	p.add(t, rank, v, p.temporal(node))
}

// quad reads one of the golden record's own quads.
func (p *parser) quad(q Quad) {
	switch q.Predicate {
	case rdfType, statement, sameAs:
		return
	case dctTemporal:
		p.golden.Period = p.period(q.Object.Value)
		return
	}
	if q.Predicate == identifier && q.Object.Kind == IRI {
		p.node(q.Object.Value)
		return
	}
	t := p.termFor(q)
	switch {
	case t == nil:
		p.fail("a predicate is of no property of the kind")
	case t.form == literalNode: // its node says it all
	case t.form == node, t.form == textNode, t.form == changeNode:
		p.node(q.Object.Value)
	case !p.stated[q.Predicate][q.Object]:
		if v, ok := p.value(t, q.Object); ok {
			p.add(t, 0, v, model.Period{})
		} else {
			p.fail("a value is not of its property's type")
		}
	}
}

// termFor picks the property that a predicate stands for on this kind. Of two
// geometries, a point is the point.
func (p *parser) termFor(q Quad) *term {
	var found *term
	for _, id := range byPredicate[q.Predicate] {
		t := termOf(id)
		if t.row.Kind != p.golden.Kind {
			continue
		}
		if found == nil || t.row.ID == ontology.GeoGeometry && parseWKT(q.Object.Value).WKT != "" {
			found = t
		}
	}
	return found
}

func (p *parser) value(t *term, o Term) (model.Value, bool) {
	switch t.row.Type {
	case model.TypeText:
		if o.Kind == IRI && t.form == schemeText {
			s, ok := strings.CutPrefix(o.Value, p.base+"/code/")
			name, readable := unescape(s)
			return model.Text{Text: name}, ok && readable
		}
		return model.Text{Text: o.Value, Lang: o.Lang}, o.Kind == Literal || t.form == pageText
	case model.TypeDate:
		d, ok := parseDate(o.Value, o.Datatype)
		return d, ok
	case model.TypeCode:
		scheme, notation, ok := ParseCodeIRI(p.base, o.Value)
		return model.Code{Scheme: scheme, Notation: notation}, ok && o.Kind == IRI
	case model.TypeLink:
		_, id, ok := ParseEntityIRI(p.base, o.Value)
		return model.Link{To: id}, ok
	case model.TypeNumber:
		f, err := strconv.ParseFloat(o.Value, 64)
		return model.Number(f), err == nil && finite(f)
	case model.TypeBoolean:
		return model.Boolean(o.Value == "true"), o.Datatype == xsdBoolean
	case model.TypeGeometry:
		return parseWKT(o.Value), o.Datatype == wktLiteral
	case model.TypePeriod:
		return p.period(o.Value), o.Kind == IRI
	}
	return nil, false
}

func (p *parser) node(n string) {
	t, rank := p.place(n)
	if t == nil {
		return
	}
	var v model.Value
	switch t.row.Type {
	case model.TypeIdentifier:
		v = p.identifierNode(n)
	case model.TypeAddress:
		a := model.Address{Use: p.code(n, dctType)}
		for _, part := range addressParts {
			*part.field(&a) = p.str(n, part.predicate)
		}
		v = a
	case model.TypeContact:
		v = p.contactNode(n)
	case model.TypeText:
		o, _ := p.one(n, t.carrier)
		v = model.Text{Text: o.Value, Lang: o.Lang}
	case model.TypeLink:
		v = p.changeNode(t, n)
	default:
		p.fail("a node is of a property that has none")
		return
	}
	p.add(t, rank, v, p.temporal(n))
}

// code is the notation of a node's code.
func (p *parser) code(n, predicate string) string {
	o, ok := p.one(n, predicate)
	if !ok {
		return ""
	}
	_, notation, ok := ParseCodeIRI(p.base, o.Value)
	if !ok {
		p.fail("a code cannot be read")
	}
	return notation
}

func (p *parser) identifierNode(n string) model.Identifier {
	v := model.Identifier{Scheme: model.Scheme(p.code(n, dctType)), Value: p.str(n, notation), Status: model.IdentifierValid}
	if stated := p.code(n, status); stated != "" {
		for s, name := range statusNotations {
			if name == stated {
				v.Status = s
			}
		}
	}
	return v
}

func (p *parser) changeNode(t *term, n string) model.Link {
	other := changeAfter
	if t.row.ID == ontology.OrgResultedFrom {
		other = changeBefore
	}
	_, id, ok := ParseEntityIRI(p.base, p.str(n, other))
	if !ok {
		p.fail("a change has no other organisation")
	}
	return model.Link{To: id, Role: p.str(n, statementRole), Note: p.str(n, statementNote)}
}

func (p *parser) contactNode(n string) model.Contact {
	v := model.Contact{Use: p.code(n, dctType)}
	for _, c := range [...]struct{ medium, predicate string }{{mediumEmail, contactEmail}, {mediumPhone, contactTelephone}, {mediumWeb, contactPage}} {
		if o, ok := p.one(n, c.predicate); ok {
			v.Medium, v.Value = c.medium, o.Value
			return v
		}
	}
	v.Medium, v.Value = p.str(n, contactMedium), p.str(n, contactValue)
	return v
}

// values puts the items in property order and, within one, at their ranks;
// those without a rank take the free places in turn.
func (p *parser) values() []model.GoldenValue {
	slices.SortStableFunc(p.items, func(a, b item) int {
		return cmp.Compare(a.value.Property, b.value.Property)
	})
	for i := 0; i < len(p.items); {
		j := i
		taken := map[int]bool{}
		for ; j < len(p.items) && p.items[j].value.Property == p.items[i].value.Property; j++ {
			taken[p.items[j].rank] = true
		}
		next := 1
		for k := i; k < j; k++ {
			if p.items[k].rank == 0 {
				for taken[next] {
					next++
				}
				p.items[k].rank = next
				next++
			}
		}
		slices.SortStableFunc(p.items[i:j], func(a, b item) int { return cmp.Compare(a.rank, b.rank) })
		i = j
	}
	out := make([]model.GoldenValue, len(p.items))
	for i := range p.items {
		out[i] = p.items[i].value
	}
	return out
}

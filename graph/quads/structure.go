package quads

import (
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// structure renders an identifier, address or contact as a node.
func (r *Renderer) structure(dst []Quad, start int, owner string, t *term, rank int, v *model.GoldenValue, original string) []Quad {
	switch value := v.Value.(type) {
	case model.Identifier:
		if !publishable(value) {
			return dst
		}
	case model.Link:
		if value.To.IsZero() {
			return dst
		}
	}
	temporal := ""
	if !v.Period.IsZero() {
		temporal = r.period(owner, v.Period)
	}
	s := r.nodeIRI(owner, t.fragment, rank)
	from := len(r.nodes)
	switch v := v.Value.(type) {
	case model.Identifier:
		if t.form == literalNode {
			if o := literal(v.Value); !stated(dst[start:], t.predicate, o) {
				dst = r.quad(dst, r.subject, t.predicate, o)
			}
			dst = r.quad(dst, r.subject, identifier, iri(s))
		}
		r.identifier(s, v)
	case model.Address:
		r.address(s, v)
	case model.Contact:
		r.contact(s, t, v)
	case model.Text:
		r.nodes = r.quad(r.nodes, s, rdfType, iri(t.class))
		o, _ := r.object(t, v)
		r.nodes = r.quad(r.nodes, s, t.carrier, o)
	case model.Link:
		r.change(s, t, v)
	default:
		return dst
	}
	if temporal != "" {
		r.nodes = r.quad(r.nodes, s, dctTemporal, iri(temporal))
	}
	r.nodes = r.optional(r.nodes, s, originalText, original)
	if t.form != literalNode && len(r.nodes) > from {
		dst = r.quad(dst, r.subject, t.predicate, iri(s))
	}
	return dst
}

// publishable tells whether an identifier may be written: never one that is
// sealed or of a personal scheme, whoever asks.
func publishable(id model.Identifier) bool {
	p := model.ProofOf(id.Scheme)
	personal := p.Sealed && len(p.Kinds) > 0
	return id.Seal.IsZero() && !personal
}

var statusNotations = map[model.IdentifierStatus]string{0: "unchecked", model.IdentifierFailed: "failed", model.IdentifierReplaced: "replaced"}

func (r *Renderer) identifier(s string, v model.Identifier) {
	n := r.quad(r.nodes, s, rdfType, iri(classIdentifier))
	n = r.quad(n, s, notation, literal(v.Value))
	n = r.quad(n, s, dctType, iri(r.code(model.Code{Scheme: schemesList, Notation: string(v.Scheme)})))
	if notation, ok := statusNotations[v.Status]; ok {
		n = r.quad(n, s, status, iri(r.code(model.Code{Scheme: statusesList, Notation: notation})))
	}
	r.nodes = n
}

// addressParts are the parts that are literals, in the order of their rows.
var addressParts = func() (out []addressPart) {
	fields := map[string]func(*model.Address) *string{
		"careOf":              func(a *model.Address) *string { return &a.CareOf },
		"street":              func(a *model.Address) *string { return &a.Street },
		"streetNumber":        func(a *model.Address) *string { return &a.StreetNumber },
		"entrance":            func(a *model.Address) *string { return &a.Entrance },
		"unit":                func(a *model.Address) *string { return &a.Unit },
		"postalCode":          func(a *model.Address) *string { return &a.PostalCode },
		"locality":            func(a *model.Address) *string { return &a.Locality },
		"municipalityCode":    func(a *model.Address) *string { return &a.Municipality },
		"countyCode":          func(a *model.Address) *string { return &a.County },
		"propertyDesignation": func(a *model.Address) *string { return &a.Property },
		"country":             func(a *model.Address) *string { return &a.Country },
		"fullAddress":         func(a *model.Address) *string { return &a.FullAddress },
	}
	for _, s := range ontology.Structures() {
		if ontology.Expand(s.RDF) != classAddress {
			continue
		}
		for _, p := range s.Properties {
			if f := fields[p.Name]; f != nil {
				out = append(out, addressPart{ontology.Expand(p.RDF), f})
			}
		}
	}
	return out
}()

type addressPart struct {
	predicate string
	field     func(*model.Address) *string
}

func (r *Renderer) address(s string, v model.Address) {
	n := r.quad(r.nodes, s, rdfType, iri(classAddress))
	if v.Use != "" {
		n = r.quad(n, s, dctType, iri(r.code(model.Code{Scheme: addressUses, Notation: v.Use})))
	}
	for i := range addressParts {
		n = r.optional(n, s, addressParts[i].predicate, *addressParts[i].field(&v))
	}
	r.nodes = n
}

// The media that have a term of their own.
const (
	mediumEmail = "email"
	mediumPhone = "phone"
	mediumWeb   = "web"
)

func (r *Renderer) contact(s string, t *term, v model.Contact) {
	class := classContact
	if t.row.RDF == "m8g:hasChannel" {
		class = classChannel
	}
	n := r.quad(r.nodes, s, rdfType, iri(class))
	switch {
	case v.Medium == mediumEmail:
		n = r.quad(n, s, contactEmail, literal(v.Value))
	case v.Medium == mediumPhone:
		n = r.quad(n, s, contactTelephone, literal(v.Value))
	case v.Medium == mediumWeb && isPage(v.Value):
		n = r.quad(n, s, contactPage, iri(v.Value))
	case v.Medium == mediumWeb:
		n = r.quad(n, s, contactPage, literal(v.Value))
	default:
		n = r.quad(n, s, contactValue, literal(v.Value))
		n = r.optional(n, s, contactMedium, v.Medium)
	}
	if v.Use != "" {
		n = r.quad(n, s, dctType, iri(r.code(model.Code{Scheme: contactUses, Notation: v.Use})))
	}
	r.nodes = n
}

// change renders what an organisation became, or came of, as the event between
// the two.
func (r *Renderer) change(s string, t *term, v model.Link) {
	other := r.entity(r.paths[t.row.Range[0]], v.To)
	before, after := r.subject, other
	if t.row.ID == ontology.OrgResultedFrom {
		before, after = other, r.subject
	}
	n := r.quad(r.nodes, s, rdfType, iri(classChange))
	n = r.quad(n, s, changeBefore, iri(before))
	n = r.quad(n, s, changeAfter, iri(after))
	n = r.optional(n, s, statementRole, v.Role)
	r.nodes = r.optional(n, s, statementNote, v.Note)
}

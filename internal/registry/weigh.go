package registry

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
	"github.com/karna-registry/karna/resolve"
	"github.com/karna-registry/karna/resolve/match"
)

// Matched are the kinds that are matched by evidence, in the order they are
// resolved in: a role is what it links to, so roles come last.
var Matched = []model.Kind{model.Person, model.Organisation, model.Geography, model.Service, model.Role}

// column is one column of the table that records of a kind are compared in.
type column struct {
	match.Column
	of []model.PropertyID // whose values it holds
}

// columnsOf are a kind's columns. A name that somebody bore before is a family
// name like the one they bear now.
var columnsOf = map[model.Kind][]column{
	model.Person: {
		{match.Column{Attr: match.Identifier, Scheme: model.Personnummer}, []model.PropertyID{ontology.PersonIdentifier}},
		{match.Column{Attr: match.GivenName}, []model.PropertyID{ontology.PersonGivenName, ontology.PersonPreferredName}},
		{match.Column{Attr: match.FamilyName}, []model.PropertyID{ontology.PersonFamilyName}},
		{match.Column{Attr: match.FamilyName}, []model.PropertyID{ontology.PersonMiddleName}},
		{match.Column{Attr: match.FamilyName}, []model.PropertyID{ontology.PersonBirthName}},
		{match.Column{Attr: match.BirthDate}, []model.PropertyID{ontology.PersonBirthDate}},
		{match.Column{Attr: match.Sex}, []model.PropertyID{ontology.PersonSex}},
		{match.Column{Attr: match.Email}, []model.PropertyID{ontology.PersonEmail}},
		{match.Column{Attr: match.Phone}, []model.PropertyID{ontology.PersonPhone}},
		{match.Column{Attr: match.Street}, []model.PropertyID{ontology.PersonAddress}},
		{match.Column{Attr: match.StreetNumber}, []model.PropertyID{ontology.PersonAddress}},
		{match.Column{Attr: match.PostalCode}, []model.PropertyID{ontology.PersonAddress}},
		{match.Column{Attr: match.Locality}, []model.PropertyID{ontology.PersonAddress}},
	},
	model.Organisation: append([]column{
		{match.Column{Attr: match.Identifier, Scheme: model.Organisationsnummer}, []model.PropertyID{ontology.OrgIdentifier}},
		{match.Column{Attr: match.Name}, []model.PropertyID{ontology.OrgName, ontology.OrgLegalName, ontology.OrgAltName}},
		{match.Column{Attr: match.Email}, []model.PropertyID{ontology.OrgContact}},
		{match.Column{Attr: match.Phone}, []model.PropertyID{ontology.OrgContact}},
		{match.Column{Attr: match.Text, Name: "type"}, []model.PropertyID{ontology.OrgType}},
	}, addressed(ontology.OrgAddress)...),
	model.Geography: append([]column{
		{match.Column{Attr: match.Name}, []model.PropertyID{ontology.GeoName}},
		{match.Column{Attr: match.Title, Name: "designation"}, []model.PropertyID{ontology.GeoIdentifier}},
		{match.Column{Attr: match.Text, Name: "type"}, []model.PropertyID{ontology.GeoType}},
	}, addressed(ontology.GeoAddress)...),
	model.Service: {
		{match.Column{Attr: match.Name}, []model.PropertyID{ontology.ServiceName}},
		{match.Column{Attr: match.Text, Name: "description"}, []model.PropertyID{ontology.ServiceSummary, ontology.ServiceDescription}},
		{match.Column{Attr: match.Text, Name: "type"}, []model.PropertyID{ontology.ServiceType}},
	},
	model.Role: {
		{match.Column{Attr: match.Identifier, Scheme: holderScheme}, []model.PropertyID{ontology.RoleHolder}},
		{match.Column{Attr: match.Title, Name: "title"}, []model.PropertyID{ontology.RoleTitle}},
		{match.Column{Attr: match.StartDate}, nil}, // of the role's own period
		{match.Column{Attr: match.EndDate}, nil},
		{match.Column{Attr: match.Text, Name: "organisation"}, []model.PropertyID{ontology.RoleOrganisation}},
		{match.Column{Attr: match.Text, Name: "extent"}, []model.PropertyID{ontology.RoleExtent}},
	},
}

func addressed(p model.PropertyID) []column {
	var out []column
	for _, a := range []match.Attr{match.Street, match.StreetNumber, match.PostalCode, match.Locality} {
		out = append(out, column{match.Column{Attr: a}, []model.PropertyID{p}})
	}
	return out
}

// rows makes a table of records, one at a time.
type rows struct {
	*match.Builder
	columns []column
	r       *Registry
	policy  *resolve.Policy
	values  [][]string
}

func (r *Registry) newRows(kind model.Kind) (*rows, error) {
	columns := columnsOf[kind]
	if columns == nil {
		return nil, fmt.Errorf("kind %v is not matched by evidence: want one of %v", kind, Matched)
	}
	schema := match.Schema{Kind: kind, Proof: r.proofOf}
	for _, c := range columns {
		schema.Columns = append(schema.Columns, c.Column)
	}
	b, err := match.NewBuilder(schema)
	if err != nil {
		return nil, err
	}
	return &rows{b, columns, r, r.policy, make([][]string, len(columns))}, nil
}

// add adds a record, identifiers unsealed; of a role with where its links lead.
func (t *rows) add(rec *model.Record, to *leads) {
	for i := range t.columns {
		t.values[i] = t.values[i][:0]
		for _, v := range t.said(rec, to, &t.columns[i]) {
			t.values[i] = append(t.values[i], v.text)
		}
	}
	name := t.r.keys.HashStrings(seal.DomainRecord, rec.Key.String())
	t.AddNamed(0, t.values, binary.BigEndian.Uint64(name[:]))
}

// said is a value as a column compares it.
type said struct {
	text string
	at   int // the statement that says it, or -1
}

// said are the values that a record has for a column, the one to be told first
// first: of the column's properties in their order, and of each the statements that
// hold longest first. Of an address's columns all have the same statements.
func (t *rows) said(rec *model.Record, to *leads, c *column) []said {
	switch {
	case c.Attr == match.StartDate:
		return []said{{textOf(rec.Period.From, c.Attr), -1}}
	case c.Attr == match.EndDate:
		return []said{{textOf(rec.Period.To, c.Attr), -1}}
	case slices.Contains(c.of, ontology.RoleHolder):
		return []said{{t.r.opaque(to.holder), statementOf(rec, ontology.RoleHolder)}}
	case slices.Contains(c.of, ontology.RoleOrganisation):
		return []said{{t.r.opaque(to.organisation), statementOf(rec, ontology.RoleOrganisation)}}
	case c.Attr == match.Identifier:
		return t.identifiers(rec, c)
	}
	var out []said
	for _, p := range c.of {
		from := len(out)
		for i := range rec.Statements {
			if st := &rec.Statements[i]; st.Property == p {
				_, parts := st.Value.(model.Address)
				if text := textOf(st.Value, c.Attr); text != "" || parts {
					out = append(out, said{text, i})
				}
			}
		}
		slices.SortStableFunc(out[from:], func(a, b said) int { return supersedes(&rec.Statements[a.at], &rec.Statements[b.at]) })
	}
	return out
}

// statementOf is the place of a record's first statement of a property, or -1.
func statementOf(rec *model.Record, p model.PropertyID) int {
	return slices.IndexFunc(rec.Statements, func(st model.Statement) bool { return st.Property == p })
}

// supersedes is negative when a statement is to be told before another: the one
// that is still true, the registered address, the later one.
func supersedes(a, b *model.Statement) int {
	if x, y := a.Period.To.IsZero(), b.Period.To.IsZero(); x != y {
		if x {
			return -1
		}
		return 1
	}
	if x, ok := a.Value.(model.Address); ok {
		if y, ok := b.Value.(model.Address); ok && x.Use != y.Use {
			return slices.Index(addressUses, y.Use) - slices.Index(addressUses, x.Use)
		}
	}
	return b.Period.From.Compare(a.Period.From)
}

// addressUses are the uses of addresses, the one to be compared last.
var addressUses = []string{"tillfallig", "post", "", "sarskild-post", "location", "visit", "folkbokforing"}

// identifiers are those of the column's group: what the record holds now, what that
// replaced, and what failed its rule.
func (t *rows) identifiers(rec *model.Record, c *column) []said {
	group := t.policy.ProofOf(c.Scheme).Exclusive
	var now, replaced, failed []said
	for _, id := range resolve.Identifying(rec, t.policy) {
		switch {
		case t.policy.ProofOf(id.Scheme).Exclusive != group:
		case id.Status == model.IdentifierReplaced:
			replaced = append(replaced, said{id.Value, id.At})
		default:
			now = append(now, said{id.Value, id.At})
		}
	}
	for i := range rec.Statements {
		st := &rec.Statements[i]
		id, ok := st.Value.(model.Identifier)
		if ok && slices.Contains(c.of, st.Property) && id.Status == model.IdentifierFailed && t.policy.ProofOf(id.Scheme).Exclusive == group {
			text := id.Value
			if text == "" {
				text = st.Original
			}
			failed = append(failed, said{text, i})
		}
	}
	return slices.Concat(now, replaced, failed)
}

func textOf(v model.Value, a match.Attr) string {
	switch v := v.(type) {
	case model.Text:
		return v.Text
	case model.Date:
		if v.IsZero() {
			return ""
		}
		return v.String()
	case model.Number:
		return strconv.FormatFloat(float64(v), 'f', -1, 64)
	case model.Code:
		return v.Notation
	case model.Identifier:
		return v.Value
	case model.Contact:
		if a == match.Email && v.Medium == "email" || a == match.Phone && v.Medium == "phone" {
			return v.Value
		}
	case model.Address:
		switch a {
		case match.Street:
			if v.Street == "" {
				return v.FullAddress
			}
			return v.Street
		case match.StreetNumber:
			return v.StreetNumber
		case match.PostalCode:
			return v.PostalCode
		case match.Locality:
			return v.Locality
		}
	}
	return ""
}

// storedModel is a matching model with the hash it is stored under.
type storedModel struct {
	*match.Model
	hash graph.Hash
}

func artifactModel(kind model.Kind) string { return "matching-model/" + kind.String() }

// modelOf is the model that pairs of a kind are weighed by; nil before the first
// run of Resolve.
func (r *Registry) modelOf(ctx context.Context, from graph.RecordReader, kind model.Kind) (*storedModel, error) {
	a, ok, err := from.Artifact(ctx, artifactModel(kind))
	if err != nil || !ok {
		return nil, err
	}
	return r.readModel(kind, a)
}

// modelWith is the model of a kind that is stored under the hash, also one that
// another has replaced; nil when there is none.
func (r *Registry) modelWith(ctx context.Context, from graph.RecordReader, kind model.Kind, hash graph.Hash) (*storedModel, error) {
	if m, ok := r.models.Load(hash); ok {
		return m.(*storedModel), nil
	}
	a, ok, err := from.ArtifactWith(ctx, artifactModel(kind), hash)
	if err != nil || !ok {
		return nil, err
	}
	return r.readModel(kind, a)
}

func (r *Registry) readModel(kind model.Kind, a graph.Artifact) (*storedModel, error) {
	if m, ok := r.models.Load(a.Hash); ok {
		return m.(*storedModel), nil
	}
	parsed, err := match.ParseModel(a.Body)
	if err != nil {
		return nil, fmt.Errorf("artifact %s: %w", a.Name, err)
	}
	parsed.Bands = r.policy.BandsOf(kind)
	m := &storedModel{parsed, a.Hash}
	r.models.Store(a.Hash, m)
	return m, nil
}

// named takes out of a model's term frequencies what a model may not name: a
// common value that is a personal number, or looks like one. How common a holder
// or a unit is says nothing of roles, since its name may be another tomorrow.
func (r *Registry) named(m *match.Model) {
	for name, f := range m.Frequencies.Columns {
		if m.Kind == model.Role.String() && (name == "identifier:"+string(holderScheme) || strings.HasSuffix(name, ":organisation")) {
			delete(m.Frequencies.Columns, name)
			continue
		}
		_, scheme, isIdentifier := strings.Cut(name, "identifier:")
		for text := range f.Common {
			if isIdentifier && r.policy.ProofOf(model.Scheme(scheme)).Sealed || model.LooksPersonal(text) {
				delete(f.Common, text)
			}
		}
	}
}

// bandOf is the band of a stored weight.
func (r *Registry) bandOf(kind model.Kind, weight int32) graph.PairBand {
	return graph.PairBand(r.policy.BandsOf(kind).Of(bitsOf(weight)))
}

func bitsOf(weight int32) resolve.Weight { return resolve.Weight(weight) / 1000 }

// stored is a weight as it is stored.
func stored(weight float32) int32 { return int32(math.Round(float64(weight) * 1000)) }

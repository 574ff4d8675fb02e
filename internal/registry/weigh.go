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
	values  []string
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
	return &rows{b, columns, r, r.policy, make([]string, len(columns))}, nil
}

// add adds a record, identifiers unsealed; of a role with where its links lead.
func (t *rows) add(rec *model.Record, to *leads) {
	for i := range t.columns {
		c := &t.columns[i]
		t.values[i] = ""
		switch {
		case c.Attr == match.StartDate:
			t.values[i] = textOf(rec.Period.From, c.Attr)
			continue
		case c.Attr == match.EndDate:
			t.values[i] = textOf(rec.Period.To, c.Attr)
			continue
		case slices.Contains(c.of, ontology.RoleHolder):
			t.values[i] = t.r.opaque(to.holder)
			continue
		case slices.Contains(c.of, ontology.RoleOrganisation):
			t.values[i] = t.r.opaque(to.organisation)
			continue
		}
		for _, p := range c.of {
			if t.values[i] = t.valueOf(rec, c, p); t.values[i] != "" {
				break
			}
		}
	}
	name := t.r.keys.HashStrings(seal.DomainRecord, rec.Key.String())
	t.AddNamed(0, t.values, binary.BigEndian.Uint64(name[:]))
}

// valueOf is what a record says of a property as the column compares it: of
// several statements the one that holds longest, and else the first.
func (t *rows) valueOf(rec *model.Record, c *column, p model.PropertyID) string {
	if c.Attr == match.Identifier {
		return t.identifier(rec, c, p)
	}
	var best *model.Statement
	found := ""
	for i := range rec.Statements {
		st := &rec.Statements[i]
		if st.Property != p || best != nil && !supersedes(st, best) {
			continue
		}
		if text := textOf(st.Value, c.Attr); text != "" {
			best, found = st, text
		}
	}
	return found
}

// supersedes tells whether a statement is to be compared rather than another:
// the one that is still true, the registered address, the later one.
func supersedes(a, b *model.Statement) bool {
	if x, y := a.Period.To.IsZero(), b.Period.To.IsZero(); x != y {
		return x
	}
	if x, ok := a.Value.(model.Address); ok {
		if y, ok := b.Value.(model.Address); ok && x.Use != y.Use {
			return slices.Index(addressUses, x.Use) > slices.Index(addressUses, y.Use)
		}
	}
	return a.Period.From.Compare(b.Period.From) > 0
}

// addressUses are the uses of addresses, the one to be compared last.
var addressUses = []string{"tillfallig", "post", "", "sarskild-post", "location", "visit", "folkbokforing"}

// identifier is the identifier of the column's group that the record holds now,
// one that failed its rule if there is no other.
func (t *rows) identifier(rec *model.Record, c *column, p model.PropertyID) string {
	group := t.policy.ProofOf(c.Scheme).Exclusive
	replaced := ""
	for _, id := range resolve.Identifying(rec, t.policy) {
		if t.policy.ProofOf(id.Scheme).Exclusive != group {
			continue
		}
		if id.Status != model.IdentifierReplaced {
			return id.Value
		}
		replaced = id.Value
	}
	if replaced != "" {
		return replaced
	}
	for i := range rec.Statements {
		st := &rec.Statements[i]
		id, ok := st.Value.(model.Identifier)
		if ok && st.Property == p && id.Status == model.IdentifierFailed && t.policy.ProofOf(id.Scheme).Exclusive == group {
			if id.Value != "" {
				return id.Value
			}
			return st.Original
		}
	}
	return ""
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

package ontology

import "github.com/karna-registry/karna/model"

// KindRow says how one kind of golden record is published and who may see that
// a record of it exists.
type KindRow struct {
	Kind       model.Kind
	RDF        []string         // prefixed classes
	Disclosure model.Disclosure // the record's class unless something narrows it
}

// kinds holds the class of each kind as a whole (privacy.md 1): a person is
// never open. A role is internal unless it is a post (see RoleDisclosure).
var kinds = []KindRow{
	{model.Person, []string{"person:Person"}, model.Internal},
	{model.Role, []string{"org:Membership"}, model.Internal},
	{model.Organisation, []string{"m8g:PublicOrganisation"}, model.Open},
	{model.Geography, []string{"dct:Location"}, model.Open},
	{model.Service, []string{"cpsv:PublicService"}, model.Open},
	{model.Concept, []string{"skos:Concept"}, model.Open},
}

var (
	byID   = map[model.PropertyID]*Property{}
	byName = map[model.Kind]map[string]*Property{}
	byKind = map[model.Kind][]*Property{}
	kindOf = map[model.Kind]*KindRow{}
)

func init() {
	for i := range table {
		p := &table[i]
		byID[p.ID] = p
		if byName[p.Kind] == nil {
			byName[p.Kind] = map[string]*Property{}
		}
		byName[p.Kind][p.Name] = p
		byKind[p.Kind] = append(byKind[p.Kind], p)
	}
	for i := range kinds {
		kindOf[kinds[i].Kind] = &kinds[i]
	}
}

// ByID is the row of a property, or nil for a number nobody gave out.
func ByID(id model.PropertyID) *Property { return byID[id] }

// ByName is the row of a kind's property by name, or nil.
func ByName(kind model.Kind, name string) *Property { return byName[kind][name] }

// Of lists a kind's properties in number order. The slice is shared: read only.
func Of(kind model.Kind) []*Property { return byKind[kind] }

// KindOf is the row of a kind, or nil.
func KindOf(kind model.Kind) *KindRow { return kindOf[kind] }

// DisclosureOf is who may see one value of the property. It is the property's
// class but for contacts: a person's work contact and an organisation's are for
// the house, a role's function contact is open (model.md).
func (p *Property) DisclosureOf(v model.Value) model.Disclosure {
	if p.Disclosure == model.Unclassified {
		return model.Unclassified // however it is used
	}
	if c, ok := v.(model.Contact); ok {
		switch {
		case p.Kind == model.Person && c.Use == "work":
			return model.Internal
		case p.Kind == model.Role && c.Use == "function":
			return model.Open
		}
	}
	return p.Disclosure
}

// ClassOf is who may see one value of a golden record, as far as the table, the
// value and the class of what it links to say. A link that leads nowhere yet is for
// the house at most.
func ClassOf(p model.PropertyID, v model.Value) model.Disclosure {
	d := model.Open
	if row := ByID(p); row != nil {
		d = row.DisclosureOf(v)
	}
	switch v := v.(type) {
	case model.Identifier:
		if !v.Seal.IsZero() {
			d = d.Stricter(model.Restricted)
		}
	case model.Link:
		if v.To.IsZero() {
			return d.Stricter(model.Internal)
		}
		d = d.Stricter(v.Disclosure)
	}
	return d
}

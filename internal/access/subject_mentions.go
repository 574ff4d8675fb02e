package access

import (
	"slices"

	"github.com/karna-registry/karna/internal/subject"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// mentions tells of posts, units and services that refer to the person. What stands
// about the person in records of other persons is theirs too, and may be what keeps
// them safe: it is withheld, whether there is any or not.
func (w *dossier) mentions() error {
	w.d.Withheld = append(w.d.Withheld, "Det som kan stå om dig i uppgifter om andra personer.")
	var some []subject.Version
	var ids []model.EntityID
	var revisions []model.Revision
	var deliveries []model.EntityID
	for _, m := range w.held.Mentions {
		if w.v.owns(m.Key.Source) && isNobodys(m.Record) {
			some, ids, revisions, deliveries = append(some, m), append(ids, m.ID), append(revisions, m.Revision), append(deliveries, m.Delivery)
		}
	}
	if len(some) == 0 {
		return nil
	}
	seen, err := w.v.Unopened().Entities(w.ctx, ids)
	if err != nil {
		return err
	}
	infos, err := w.v.infos(w.ctx, revisions)
	if err != nil {
		return err
	}
	files, err := w.files(deliveries)
	if err != nil {
		return err
	}
	for i := range some {
		if seen[i] == nil {
			continue
		}
		m := &some[i]
		for _, place := range m.Refers {
			st := &m.Record.Statements[place]
			one := subject.Mention{
				Source: string(m.Key.Source), Kind: m.Key.Kind, What: w.nameOf(m.Record), Value: subject.Value{Property: st.Property, Period: st.Period},
				At: infos[m.Revision].At, Delivery: files[m.Delivery],
			}
			// What every version says is told once, from the first on.
			if !slices.ContainsFunc(w.d.Mentions, func(o subject.Mention) bool {
				return o.Source == one.Source && o.Kind == one.Kind && o.What == one.What && o.Property == one.Property && o.Period == one.Period
			}) {
				w.d.Mentions = append(w.d.Mentions, one)
			}
		}
	}
	return nil
}

// isNobodys tells whether a record is of something that is no person's own: a post, a
// unit, a place or a service.
func isNobodys(r *model.Record) bool {
	switch r.Key.Kind {
	case model.Organisation, model.Geography, model.Service:
		return true
	}
	return subject.IsPost(r)
}

// nameOf is what a record is called, and where it is.
func (w *dossier) nameOf(r *model.Record) string {
	var name, at string
	for _, st := range r.Statements {
		switch x := st.Value.(type) {
		case model.Text:
			if name == "" && slices.Contains([]model.PropertyID{ontology.RoleTitle, ontology.OrgName, ontology.ServiceName, ontology.GeoName}, st.Property) {
				name = x.Text
			}
		case model.Link:
			if at == "" && st.Property == ontology.RoleOrganisation {
				at = w.target(x)
			}
		}
	}
	if name == "" {
		name = r.Key.LocalID
	}
	if at != "" {
		name += ", " + at
	}
	return name
}

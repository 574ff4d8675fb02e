package quads

import "github.com/karna-registry/karna/model"

// AppendPlain appends a golden record's values as a graph to follow: its
// classes, and one quad for each text, code, date, number, boolean and link, a
// link to what an organisation became straight to that organisation. Nothing
// hangs on it: there are no statements, and no identifiers, addresses, contacts,
// periods and geometries. Of a property that has one value at an instant there
// is the first. wanted picks the predicates; nil wants all.
func (r *Renderer) AppendPlain(dst []Quad, g *model.Golden, wanted func(predicate string) bool) []Quad {
	if int(g.Kind) >= len(r.paths) || g.Kind == model.KindUnknown {
		return dst
	}
	subject, start := r.entity(r.paths[g.Kind], g.ID), len(dst)
	if wanted == nil || wanted(rdfType) {
		r.classes = appendClasses(r.classes[:0], g.Kind, g.Values)
		for _, c := range r.classes {
			dst = append(dst, Quad{Subject: subject, Predicate: rdfType, Object: iri(c)})
		}
	}
	for i := 0; i < len(g.Values); {
		j := i + 1
		for j < len(g.Values) && g.Values[j].Property == g.Values[i].Property {
			j++
		}
		t, group := termOf(g.Values[i].Property), g.Values[i:j]
		if i = j; t == nil || t.row.Kind != g.Kind || t.row.Type == model.TypeGeometry || wanted != nil && !wanted(t.predicate) {
			continue
		}
		for k := range group {
			if !t.row.Many && !first(group, k, t.row.Localized) {
				continue
			}
			if o, ok := r.object(t, group[k].Value); ok && !stated(dst[start:], t.predicate, o) {
				dst = append(dst, Quad{Subject: subject, Predicate: t.predicate, Object: o})
			}
		}
	}
	return dst
}

package access_test

import (
	"testing"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// TestNobodyIsFoundByWhatMayNotBeSeen: where a person lives and works counts for
// those only who see it, and who lives there or works there.
func TestNobodyIsFoundByWhatMayNotBeSeen(t *testing.T) {
	tw := newTown()
	home := model.Address{PostalCode: "13640"}
	person := func(n int, source model.Source, local string, level model.Protection) {
		tw.put(n, source, model.Person, local, say(ontology.PersonGivenName, text("a")), say(ontology.PersonProtection, noteOf(level)), say(ontology.PersonAddress, home))
		tw.put(n+10, source, model.Role, local, say(ontology.RoleType, code("role-type", "employment")),
			say(ontology.RoleHolder, to(source, model.Person, local)), say(ontology.RoleOrganisation, to("hr", model.Organisation, "u")))
	}
	person(1, "hr", "payroll", model.ProtectionNone)
	person(2, "school", "school", model.ProtectionNone)
	person(3, "hr", "hidden", marked)
	tw.put(30, "hr", model.Organisation, "u", say(ontology.OrgName, text("u")))
	tw.put(40, "open", model.Geography, "area", say(ontology.GeoName, text("area")))
	// The area's only part is closed: only who sees that part knows who lives there.
	tw.putAs(41, "social", model.Geography, "part", model.Restricted,
		say(ontology.GeoIdentifier, ident("postcode", "13640")), say(ontology.GeoParent, to("open", model.Geography, "area")))
	tw.commit()
	none := []model.EntityID{}
	for name, c := range map[string]struct {
		rights        access.Rights
		under, within []model.EntityID
	}{
		"public":               {public, none, none},
		"a reader":             {reader, none, none},
		"restricted":           {restricted, ids(1, 2), ids(1, 2)},
		"one board":            {school, ids(2), none},
		"with protected":       {protected, ids(1, 2, 3), ids(1, 2, 3)},
		"protected, no reason": {purpose, ids(1, 2), ids(1, 2)},
	} {
		for _, inside := range []int{5000, 0} { // from above, and from each person
			a := tw.access()
			access.Narrow(a, 1000, 1000, inside)
			v := a.View(c.rights)
			for what, q := range map[string]struct {
				f    access.Filter
				want []model.EntityID
			}{"under": {access.Filter{Under: new(id(30))}, c.under}, "within": {access.Filter{Within: new(id(40))}, c.within}} {
				p, err := v.List(ctx, model.Person, q.f, access.Page{First: 10})
				if err != nil {
					t.Fatal(err)
				}
				if got := answer(entityIDs(p.Items), nil); got != answer(q.want, nil) && len(p.Items)+len(q.want) > 0 {
					t.Errorf("%s, %s, %d: %s, want %s", name, what, inside, got, answer(q.want, nil))
				}
				if n, ok, err := v.Total(ctx, model.Person, q.f); err != nil || ok && n != len(q.want) || !ok && inside > 0 {
					t.Errorf("%s, %s, %d: a total of %d, %t, %v; want %d", name, what, inside, n, ok, err, len(q.want))
				}
			}
		}
	}
}

package access_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// That somebody belongs to a unit can itself be sensitive: what a board delivers of it
// closed is for that board and for whom a sharing rule lets in, which is what
// Rights.Authorities has (privacy.md 8).
func TestThatSomebodyIsOfASensitiveUnitIsForItsBoardAlone(t *testing.T) {
	tw := ruledTown()
	const place = 90
	tw.putAs(place, "social", model.Role, "r1", model.Restricted, say(ontology.RoleType, code("role-type", "assignment")), say(ontology.RoleTitle, text("Stödperson")),
		say(ontology.RoleHolder, to("hr", model.Person, "a")), say(ontology.RoleOrganisation, to("social", model.Organisation, "s1")))
	tw.commit()
	reader := func(authorities ...string) access.Rights {
		return access.Rights{Role: access.Reader, Scopes: []access.Scope{access.RestrictedRead}, Standing: "test", Authorities: authorities}
	}
	for name, c := range map[string]struct {
		rights access.Rights
		sees   bool
	}{
		"the board":                    {reader("socialnämnden"), true},
		"whom it shares with":          {reader("utbildningsnämnden", "socialnämnden"), true},
		"another board":                {reader("utbildningsnämnden"), false},
		"the board of the person":      {reader("kommunstyrelsen"), false},
		"no board":                     {reader(), true},
		"without restricted:read":      {access.Rights{Role: access.Reader}, false},
		"a steward of another board":   {access.Rights{Role: access.Steward, Scopes: restSt.Scopes, Standing: "test", Authorities: []string{"kommunstyrelsen"}}, false},
		"a steward, protected, others": {access.Rights{Role: access.Steward, Scopes: protected.Scopes, Purpose: "case 7", Authorities: []string{"kommunstyrelsen"}}, false},
	} {
		v := tw.view(c.rights)
		_, err := v.Entity(ctx, id(place))
		if err != nil && !errors.Is(err, access.ErrNotFound) {
			t.Fatal(err)
		}
		if (err == nil) != c.sees {
			t.Errorf("%s: %v", name, err)
		}
		if got := strings.Contains(everything(t, tw, c.rights), "Stödperson"); got != c.sees {
			t.Errorf("%s is told of it somewhere: %t", name, got)
		}
	}
}

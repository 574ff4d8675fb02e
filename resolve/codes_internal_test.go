package resolve

import (
	"testing"

	"github.com/karna-registry/karna/ontology"
)

// TestNotationsInCodeAreInTheCodeLists: a list that renames a code must not
// silently open a role or let a unit's number link.
func TestNotationsInCodeAreInTheCodeLists(t *testing.T) {
	known := func(list, notation string) {
		t.Helper()
		if !ontology.KnownCode(list, notation) {
			t.Errorf("%s has no code %s", list, notation)
		}
	}
	for _, rule := range typeRules {
		list := ontology.ByID(rule.property).CodeList
		for _, n := range append(rule.only, rule.never...) {
			known(list, n)
		}
	}
	known("organisation-type", typeOther)
	known("role-type", rolePost)
	for n := range houseRoles {
		known("role-type", n)
	}
}

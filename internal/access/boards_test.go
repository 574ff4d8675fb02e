package access_test

import (
	"slices"
	"testing"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// twoHolders is a town in which payroll and the school tell of one job, and disagree
// on who holds it, and on the party.
func twoHolders() *town {
	t := newTown()
	t.put(1, "hr", model.Person, "a", say(ontology.PersonGivenName, text("Anna")))
	t.put(3, "school", model.Person, "b", say(ontology.PersonGivenName, text("Bo")))
	job := func(n int, source model.Source, holder, title string) {
		t.put(n, source, model.Role, "j", say(ontology.RoleType, code("role-type", "employment")), say(ontology.RoleHolder, to(source, model.Person, holder)),
			say(ontology.RoleParty, code("party", holder)), say(ontology.RoleTitle, text(title)))
	}
	job(10, "hr", "a", "Lärare")
	job(11, "school", "b", "Mentor")
	t.merge(10, 11)
	t.commit()
	return t
}

// A link that lost is what the board that said it sees, both ways; the others' it
// does not, and what is open is what it is for everybody.
func TestABoardSeesTheHolderThatItsOwnSourceSays(t *testing.T) {
	tw := twoHolders()
	social := access.Rights{Role: access.Reader, Scopes: []access.Scope{access.RestrictedRead}, Standing: "test", Authorities: []string{"socialnämnden"}}
	executive := social
	executive.Authorities = []string{"kommunstyrelsen"}
	for name, c := range map[string]struct {
		rights access.Rights
		holder []int
		found  map[int]bool // persons from whom the job is found
	}{
		"all of them":         {restricted, []int{1}, map[int]bool{1: true}},
		"the school board":    {school, []int{3}, map[int]bool{3: true}},
		"the executive board": {executive, []int{1}, map[int]bool{1: true}},
		"another board":       {social, nil, nil},
		"nobody's":            {reader, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			v := tw.view(c.rights)
			e, err := v.Entity(ctx, id(10))
			if err != nil {
				t.Fatal(err)
			}
			var holders []model.EntityID
			for _, val := range e.All(ontology.RoleHolder) {
				holders = append(holders, val.Value.(model.Link).To)
			}
			if !slices.Equal(holders, ids(c.holder...)) || len(e.All(ontology.RoleParty)) != len(holders) {
				t.Errorf("the holders are %v, of %d parties; want %v", holders, len(e.All(ontology.RoleParty)), c.holder)
			}
			if got := e.All(ontology.RoleTitle); len(got) != 1 || got[0].Value != model.Value(text("Lärare")) {
				t.Errorf("the title is %v", got)
			}
			for _, person := range []int{1, 3} {
				page, err := v.Referrers(ctx, id(person), []model.PropertyID{ontology.RoleHolder}, access.Page{First: 10})
				if err != nil {
					t.Fatal(err)
				}
				list, err := v.List(ctx, model.Role, access.Filter{Values: []access.ValueFilter{{Property: ontology.RoleHolder, To: new(id(person))}}}, access.Page{First: 10})
				if err != nil {
					t.Fatal(err)
				}
				if found := len(page.Items) == 1; found != c.found[person] || found != (len(list.Items) == 1) {
					t.Errorf("from person %d the job is found %d times, and in a list %d times", person, len(page.Items), len(list.Items))
				}
			}
		})
	}
}

// Whose holder is protected is decided by all that anybody says, whoever is heard,
// also of the past.
func TestAProtectedHolderHidesTheRoleFromTheOtherBoardToo(t *testing.T) {
	tw := twoHolders()
	tw.put(1, "hr", model.Person, "a", say(ontology.PersonGivenName, text("Anna")), say(ontology.PersonProtection, noteOf(marked)))
	tw.commit()
	v := tw.view(school)
	if e, err := v.Entity(ctx, id(10)); err == nil {
		t.Errorf("the school board is shown %+v", e)
	}
	then, err := v.At(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	if e, err := then.Entity(ctx, id(10)); err == nil {
		t.Errorf("the school board is shown of the past %+v", e)
	}
	// And its own holder's protection hides the holder.
	tw = twoHolders()
	tw.put(3, "school", model.Person, "b", say(ontology.PersonGivenName, text("Bo")), say(ontology.PersonProtection, noteOf(marked)))
	tw.put(11, "school", model.Role, "j")
	tw.commit()
	if then, err = tw.view(school).At(ctx, 1); err != nil {
		t.Fatal(err)
	}
	if e, err := then.Entity(ctx, id(10)); err == nil {
		t.Errorf("the school board is shown of the past, of one who is protected today, %+v", e)
	}
}

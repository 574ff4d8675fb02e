package access_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// The numbers of one person: before, and after. They differ in the date, so that
// they do when masked, too.
var (
	oldNumber = personnummer("18510515", 201)
	newNumber = personnummer("18620626", 305)
	lookerSt  = access.Rights{Role: access.Steward, Scopes: []access.Scope{access.RestrictedRead, access.IdentifierLookup, access.AuditRead}, Purpose: "case 7"}
	safe      = access.Rights{
		Role: access.Steward, Scopes: []access.Scope{access.RestrictedRead, access.IdentifierLookup, access.AuditRead, access.ProtectedRead}, Purpose: "case 7",
	}
)

func gunilla(number ...model.Value) []model.Statement {
	st := []model.Statement{say(ontology.PersonGivenName, text("Gunilla")), say(ontology.PersonFamilyName, text("Forn"))}
	for _, n := range number {
		st = append(st, say(ontology.PersonIdentifier, n))
	}
	return st
}

func berit(number ...model.Value) []model.Statement {
	st := []model.Statement{say(ontology.PersonGivenName, text("Berit")), say(ontology.PersonFamilyName, text("Nylund"))}
	for _, n := range number {
		st = append(st, say(ontology.PersonIdentifier, n))
	}
	return st
}

func replaced(number string) model.Value {
	return model.Identifier{Scheme: model.Personnummer, Value: number, Status: model.IdentifierReplaced}
}

// Towns in which somebody has another number than before, and is one golden record.
var renumbered = map[string]func() *town{
	"a source changes the number": func() *town {
		t := newTown()
		t.put(1, "hr", model.Person, "p", gunilla(ident(model.Personnummer, oldNumber))...)
		t.commit()
		t.put(1, "hr", model.Person, "p", berit(ident(model.Personnummer, newNumber))...)
		t.commit()
		return t
	},
	"a source has no number in between": func() *town {
		t := newTown()
		t.put(1, "hr", model.Person, "p", gunilla(ident(model.Personnummer, oldNumber))...)
		t.commit()
		t.put(1, "hr", model.Person, "p", gunilla()...)
		t.commit()
		t.put(1, "hr", model.Person, "p", berit(ident(model.Personnummer, newNumber))...)
		t.commit()
		return t
	},
	"a source had no number at first": func() *town {
		t := newTown()
		t.put(1, "hr", model.Person, "p", gunilla()...)
		t.commit()
		t.put(1, "hr", model.Person, "p", gunilla(ident(model.Personnummer, oldNumber))...)
		t.commit()
		t.put(1, "hr", model.Person, "p", berit(ident(model.Personnummer, newNumber))...)
		t.commit()
		return t
	},
	"other numbers stand between": func() *town {
		t := newTown()
		t.put(1, "hr", model.Person, "p", gunilla(ident(model.Personnummer, oldNumber))...)
		t.commit()
		t.put(1, "hr", model.Person, "p", berit(ident(model.Personnummer, newNumber), ident(model.Samordningsnummer, "187005617397"), ident(model.Hetu, "030475+1146"), replaced(oldNumber))...)
		t.commit()
		return t
	},
	"the record is retracted": func() *town {
		t := newTown()
		t.put(1, "hr", model.Person, "p", gunilla(ident(model.Personnummer, oldNumber))...)
		t.put(2, "school", model.Person, "p", say(ontology.PersonSex, code("sex", "F")), say(ontology.PersonIdentifier, ident(model.Personnummer, oldNumber)))
		t.merge(1, 2)
		t.commit()
		t.put(1, "hr", model.Person, "p", berit(ident(model.Personnummer, newNumber))...)
		t.put(2, "school", model.Person, "p")
		t.commit()
		return t
	},
	"a source states the replacement": func() *town {
		t := newTown()
		t.put(1, "hr", model.Person, "p", gunilla(ident(model.Personnummer, oldNumber))...)
		t.commit()
		t.put(1, "hr", model.Person, "p", berit(replaced(oldNumber), ident(model.Personnummer, newNumber))...)
		t.commit()
		return t
	},
	"two records are held to be one": func() *town {
		t := newTown()
		t.put(1, "hr", model.Person, "p", berit(ident(model.Personnummer, newNumber))...)
		t.put(2, "school", model.Person, "p", append(gunilla(replaced(oldNumber)), say(ontology.PersonEmail, model.Contact{Medium: "email", Use: "private", Value: "forn@hemma.example"}))...)
		t.put(3, "school", model.Role, "j", say(ontology.RoleType, code("role-type", "employment")), say(ontology.RoleHolder, to("school", model.Person, "p")))
		t.commit()
		t.merge(1, 2)
		t.commit()
		t.put(3, "school", model.Role, "j")
		t.commit()
		t.store.decisions = []graph.Decision{{ID: id(501), A: id(1), B: id(2), Verdict: graph.Same, Actor: "eva", Reason: "Gunilla is Berit", Revision: 2, At: t.now}}
		t.store.pairs = []graph.Pair{pair(model.Person, 3, 1, 2)}
		return t
	},
}

// answersOf is what the caller is answered by every method, now and of every revision.
func answersOf(t *testing.T, tw *town, r access.Rights) string {
	t.Helper()
	var b strings.Builder
	ask := func(a *asking) {
		a.words, a.numbers = []string{"gunilla", "forn", "berit", "nylund"}, []string{oldNumber, newNumber, anna}
		for _, call := range calls {
			for _, answer := range call.ask(a) {
				fmt.Fprintf(&b, "%s: %s\n", call.method, answer)
			}
		}
	}
	ask(&asking{town: tw, view: tw.view(r)})
	for n := range tw.store.at {
		then, err := tw.view(r).At(ctx, n+1)
		if err != nil {
			t.Fatal(err)
		}
		ask(&asking{town: tw, view: then, past: true})
	}
	return b.String()
}

func TestNoAnswerHoldsAFormerIdentity(t *testing.T) {
	// What tells of the old identity: of the number also what its mask leaves.
	old := []string{oldNumber, oldNumber[:8], "Gunilla", "Forn", "forn@hemma"}
	for name, build := range renumbered {
		for who, rights := range map[string]access.Rights{"restricted": restricted, "looker": looker, "steward": lookerSt} {
			got := answersOf(t, build(), rights)
			if !strings.Contains(got, "Berit") {
				t.Errorf("%s: %s is told nothing of the person", name, who)
			}
			for _, word := range old {
				for _, line := range strings.Split(got, "\n") {
					if strings.Contains(line, word) {
						t.Errorf("%s: %s is told %q in %.200s", name, who, word, line)
						break
					}
				}
			}
		}
		got := answersOf(t, build(), safe)
		for _, word := range []string{oldNumber, "Gunilla", "Berit", newNumber} {
			if !strings.Contains(got, word) {
				t.Errorf("%s: with protected:read nothing is told of %q", name, word)
			}
		}
	}
}

func TestNobodyIsFoundByAFormerNumber(t *testing.T) {
	for _, name := range []string{"a source states the replacement", "two records are held to be one"} {
		tw := renumbered[name]()
		for who, c := range map[string]struct {
			rights access.Rights
			old    int
		}{"a finder": {finder, 0}, "a looker": {looker, 0}, "with protected:read": {safe, 1}} {
			for number, want := range map[string]int{oldNumber: c.old, newNumber: 1} {
				found, err := tw.view(c.rights).ByIdentifier(ctx, model.Person, model.Personnummer, number)
				if err != nil || len(found) != want {
					t.Errorf("%s: %s finds %d by %s, want %d: %v", name, who, len(found), number, want, err)
				}
			}
		}
	}
}

func TestAFormerIDLeadsNowhere(t *testing.T) {
	tw := renumbered["two records are held to be one"]()
	if _, err := tw.view(restricted).Entity(ctx, id(2)); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("the id of the old identity is answered: %v", err)
	}
	if e, err := tw.view(safe).Entity(ctx, id(2)); err != nil || e.Redirect != id(1) {
		t.Errorf("with protected:read it does not lead on: %v", err)
	}
	for who, want := range map[string]string{"restricted": "2 2 withdrawn", "safe": "2 2 merged 1"} {
		rights := map[string]access.Rights{"restricted": restricted, "safe": safe}[who]
		if got := feedOf(t, tw.view(rights), 10); !slices.Contains(got, want) {
			t.Errorf("%s is told %q, want %q", who, got, want)
		}
	}
	// The job that Gunilla had is of the past, and its holder is another today.
	then, err := tw.view(restricted).At(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	if e, err := then.Entity(ctx, id(3)); err == nil && len(e.All(ontology.RoleHolder)) > 0 {
		t.Error("a job of the past leads to an old identity")
	}
}

func TestWhoeverGetsANewIdentityLeavesNoTraceWhereTheyWere(t *testing.T) {
	tw := newTown()
	tw.put(1, "hr", model.Person, "p", gunilla(ident(model.Personnummer, oldNumber))...)
	tw.put(2, "school", model.Person, "p", gunilla(ident(model.Personnummer, oldNumber))...)
	tw.merge(1, 2)
	tw.commit()
	tw.put(2, "school", model.Person, "p", berit(ident(model.Personnummer, newNumber))...)
	tw.split(2)
	tw.commit()
	tw.store.conflicts = []graph.Conflict{{ID: graph.Hash{1}, Code: "different-identifier", Records: ids(1, 2), Revision: 2}}
	v := tw.view(lookerSt)
	for _, n := range []int{1, 2} {
		history, err := v.History(ctx, id(n))
		if err != nil || len(history) != 1 || history[0].Revision != 2 {
			t.Errorf("the history of %d has %d versions: %v", n, len(history), err)
		}
	}
	versions, err := v.RecordHistory(ctx, id(2))
	if err != nil || len(versions) != 1 || versions[0].Revision != 2 {
		t.Errorf("the record has %d versions: %v", len(versions), err)
	}
	for _, line := range timelineOf(t, v, id(1), 10) {
		if strings.Contains(line, "split") {
			t.Errorf("its timeline says %q", line)
		}
	}
	then, err := v.At(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 2} {
		if _, err := then.Entity(ctx, id(n)); !errors.Is(err, access.ErrNotFound) {
			t.Errorf("%d is there in the past: %v", n, err)
		}
	}
	if d, err := v.Difference(ctx, id(1), 1, 2); err == nil && d.Before != nil {
		t.Error("a difference tells what was before")
	}
	page, err := v.Conflicts(ctx, "", 10)
	if err != nil || len(page.Items) != 0 {
		t.Errorf("%d conflicts name both: %v", len(page.Items), err)
	}
	tw.store.decisions = []graph.Decision{{ID: id(501), A: id(1), B: id(2), Verdict: graph.Different, Actor: "eva", Reason: "not one", Revision: 2, At: tw.now}}
	for _, n := range []int{1, 2} {
		if decided, err := v.Decisions(ctx, id(n)); err != nil || len(decided) != 0 {
			t.Errorf("%d decisions on %d name both: %v", len(decided), n, err)
		}
	}
	if decided, err := tw.view(safe).Decisions(ctx, id(1)); err != nil || len(decided) != 1 {
		t.Errorf("with protected:read there are %d decisions: %v", len(decided), err)
	}
	if _, err := v.Waterfall(ctx, id(1), id(2)); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("the two are weighed against each other: %v", err)
	}
	tw.store.pairs = []graph.Pair{pair(model.Person, -3, 1, 2)}
	if page, err := v.Reviews(ctx, model.Person, "", 10); err != nil || len(page.Items) != 0 {
		t.Errorf("%d pairs wait that name both: %v", len(page.Items), err)
	}
	all := tw.view(safe)
	if page, err := all.Conflicts(ctx, "", 10); err != nil || len(page.Items) != 1 {
		t.Errorf("with protected:read there are %d conflicts: %v", len(page.Items), err)
	}
	if history, err := all.History(ctx, id(1)); err != nil || history[0].Revision != 1 {
		t.Errorf("with protected:read the history begins later: %v", err)
	}
	if versions, err := all.RecordHistory(ctx, id(2)); err != nil || len(versions) != 2 {
		t.Errorf("with protected:read the record has %d versions: %v", len(versions), err)
	}
}

func TestACoordinationNumberAndWhatReplacedItAreShownTogether(t *testing.T) {
	samordning := "187005617397"
	tw := newTown()
	tw.put(1, "hr", model.Person, "p", berit(ident(model.Samordningsnummer, samordning))...)
	tw.commit()
	tw.put(1, "hr", model.Person, "p", berit(model.Identifier{Scheme: model.Samordningsnummer, Value: samordning, Status: model.IdentifierReplaced}, ident(model.Personnummer, newNumber))...)
	tw.commit()
	v := tw.view(lookerSt)
	e, err := v.Entity(ctx, id(1))
	if err != nil || len(e.All(ontology.PersonIdentifier)) != 2 {
		t.Errorf("the person has %d numbers: %v", len(e.All(ontology.PersonIdentifier)), err)
	}
	if history, err := v.History(ctx, id(1)); err != nil || len(history) != 2 {
		t.Errorf("the history has %d versions: %v", len(history), err)
	}
	if versions, err := v.RecordHistory(ctx, id(1)); err != nil || len(versions) != 2 {
		t.Errorf("the record has %d versions: %v", len(versions), err)
	}
	if found, err := v.ByIdentifier(ctx, model.Person, model.Samordningsnummer, samordning); err != nil || len(found) != 1 {
		t.Errorf("by the old number %d are found: %v", len(found), err)
	}
}

// A rule by what the caller does not see would tell of it.
func TestANumberThatTheCallerDoesNotSeeHidesNothing(t *testing.T) {
	tw := newTown()
	tw.put(1, "hr", model.Person, "p", berit(ident(model.Personnummer, newNumber))...)
	tw.put(2, "school", model.Person, "p", gunilla(replaced(oldNumber))...)
	tw.merge(1, 2)
	tw.commit()
	e, err := tw.view(school).Entity(ctx, id(1))
	if err != nil {
		t.Fatal(err)
	}
	numbers := e.All(ontology.PersonIdentifier)
	if len(numbers) != 1 || !strings.HasPrefix(numbers[0].Value.(model.Identifier).Value, oldNumber[:8]) {
		t.Errorf("the school board sees %v of its own number", numbers)
	}
}

// Who has several numbers and becomes protected leaves the feed as anybody else does.
func TestTheFeedTellsThatSomebodyOfTwoNumbersIsGone(t *testing.T) {
	tw := newTown()
	put := func(level model.Protection) {
		tw.put(1, "hr", model.Person, "p", append(berit(replaced(oldNumber), ident(model.Personnummer, newNumber)), say(ontology.PersonProtection, noteOf(level)))...)
		tw.commit()
	}
	put(model.ProtectionNone)
	put(marked)
	if got := feedOf(t, tw.view(restricted), 10); !slices.Contains(got, "2 1 withdrawn") {
		t.Errorf("the feed says %q", got)
	}
}

// A version without a number counts as what came before it: whose number is not said any
// more is not made one with somebody of another, whom the caller would see alone then.
func TestWhoSeesTwoNumbersMayNotJoinThem(t *testing.T) {
	for name, now := range map[string][]model.Statement{"said": gunilla(ident(model.Personnummer, oldNumber)), "not said any more": gunilla()} {
		tw := newTown()
		tw.put(1, "hr", model.Person, "p", gunilla(ident(model.Personnummer, oldNumber))...)
		tw.put(2, "school", model.Person, "p", berit(ident(model.Personnummer, newNumber))...)
		tw.commit()
		tw.put(1, "hr", model.Person, "p", now...)
		tw.commit()
		both := []model.EntityID{id(1), id(2)}
		for _, c := range []struct {
			who    string
			rights access.Rights
			want   error
		}{
			{"who sees both", lookerSt, access.ErrIdentities}, {"who may see protected persons", safe, nil}, {"a board that sees one", school, nil},
		} {
			v := tw.view(c.rights)
			if err := v.MayJoin(ctx, tw.store, [][2]model.EntityID{{id(1), id(2)}}, nil); !errors.Is(err, c.want) {
				t.Errorf("%s: to %s of what is held to be one: %v, want %v", name, c.who, err, c.want)
			}
			if err := v.MayJoin(ctx, tw.store, nil, [][]model.EntityID{both}); !errors.Is(err, c.want) {
				t.Errorf("%s: to %s of what comes together: %v, want %v", name, c.who, err, c.want)
			}
		}
	}
}

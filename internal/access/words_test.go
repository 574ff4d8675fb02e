package access_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// someWords are n different words.
func someWords(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "ord%d ", i)
	}
	return b.String()
}

func TestWhatIsAskedByIsBounded(t *testing.T) {
	tw := searchedTown()
	named := func(text string) access.ValueFilter {
		return access.ValueFilter{Property: ontology.OrgName, Value: text}
	}
	v := tw.view(public)
	list := func(f access.Filter) error {
		_, err := v.List(ctx, model.Organisation, f, access.Page{First: 1})
		_, _, totalErr := v.Total(ctx, model.Organisation, f)
		if (err == nil) != (totalErr == nil) {
			t.Errorf("a list says %v, its total %v", err, totalErr)
		}
		return err
	}
	codes := func(n int) []access.CodeFilter {
		out := make([]access.CodeFilter, n)
		for i := range out {
			out[i].Code = code("organisation-type", "school")
		}
		return out
	}
	for name, c := range map[string]struct {
		err  error
		want string // empty for what is allowed
	}{
		"20 words":             {list(access.Filter{Text: new(someWords(20))}), ""},
		"21 words":             {list(access.Filter{Text: new(someWords(21))}), "21 words"},
		"20 words in all":      {list(access.Filter{Text: new(someWords(10)), Values: []access.ValueFilter{named(someWords(10))}}), ""},
		"21 words in all":      {list(access.Filter{Text: new(someWords(10)), Values: []access.ValueFilter{named(someWords(11))}}), "21 words"},
		"a word 21 times":      {list(access.Filter{Text: new(strings.Repeat("ord ", 21))}), ""},
		"2000 bytes":           {list(access.Filter{Text: new(strings.Repeat("a", 2000))}), ""},
		"2001 bytes":           {list(access.Filter{Text: new(strings.Repeat("a", 2001))}), "2001 bytes"},
		"a value of 2001":      {list(access.Filter{Values: []access.ValueFilter{named(strings.Repeat("a", 2001))}}), "2001 bytes"},
		"a code of 2001":       {list(access.Filter{Codes: []access.CodeFilter{{Code: code("organisation-type", strings.Repeat("a", 2001))}}}), "2001 bytes"},
		"64 codes":             {list(access.Filter{Codes: codes(64)}), ""},
		"65 codes":             {list(access.Filter{Codes: codes(65)}), "65 codes"},
		"65 values":            {list(access.Filter{Values: make([]access.ValueFilter, 65)}), "65 values"},
		"21 words of anything": {errOf(v.SearchEverywhere(ctx, access.Everywhere{Text: someWords(21), First: 1})), "21 words"},
		"21 words to respell":  {errOf(v.DidYouMean(ctx, someWords(21), nil)), "21 words"},
	} {
		if (c.err != nil) != (c.want != "") || c.want != "" && (!errors.Is(c.err, access.ErrTooMuch) || !strings.Contains(c.err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, c.err, c.want)
		}
	}
}

func errOf[T any](_ T, err error) error { return err }

// TestATextWithoutAWordFindsNothing: only a text that is not given leaves a list as
// it is.
func TestATextWithoutAWordFindsNothing(t *testing.T) {
	v := searchedTown().view(public)
	for _, text := range []string{"", " ", "!"} {
		for _, f := range []access.Filter{{Text: &text}, {Text: &text, Values: []access.ValueFilter{{Property: ontology.OrgName, Value: "skane"}}}} {
			p, err := v.List(ctx, model.Organisation, f, access.Page{First: 10})
			if err != nil || len(p.Items) != 0 {
				t.Errorf("%q: %v, %v", text, p, err)
			}
			if n, ok, err := v.Total(ctx, model.Organisation, f); n != 0 || !ok || err != nil {
				t.Errorf("%q: a total of %d, %t, %v", text, n, ok, err)
			}
		}
	}
}

// TestNobodysIDFindsNothing: that of nothing at all is an id like another.
func TestNobodysIDFindsNothing(t *testing.T) {
	v := land(1, 1, nil).view(protected)
	for _, kind := range []model.Kind{model.Person, model.Role, model.Organisation, model.Service, model.Geography} {
		for _, nobody := range []model.EntityID{{}, {15: 1}} {
			within, under := access.Filter{Within: &nobody}, access.Filter{Under: &nobody}
			to := access.Filter{Values: []access.ValueFilter{{Property: linkOf[kind], To: &nobody}}}
			for name, f := range map[string]access.Filter{"within": within, "under": under, "a link": to} {
				if kind == model.Geography && name == "under" || kind == model.Person && name == "a link" {
					continue // there is no such filter
				}
				if p, err := v.List(ctx, kind, f, access.Page{First: 10}); err != nil || len(p.Items) != 0 {
					t.Errorf("%s %s %s: %d found, %v", kind, name, nobody, len(p.Items), err)
				}
				if n, ok, err := v.Total(ctx, kind, f); n != 0 || !ok || err != nil {
					t.Errorf("%s %s %s: a total of %d, %t, %v", kind, name, nobody, n, ok, err)
				}
			}
		}
	}
}

var linkOf = map[model.Kind]model.PropertyID{
	model.Role: ontology.RoleOrganisation, model.Organisation: ontology.OrgParent, model.Service: ontology.ServiceProvider, model.Geography: ontology.GeoParent,
}

// TestAListIsKnownByWhatIsSeen: a list of a source's own is known by its concepts, or
// by its codes in what the caller sees.
func TestAListIsKnownByWhatIsSeen(t *testing.T) {
	tw := newTown()
	tw.put(1, "hr", model.Organisation, "1", say(ontology.OrgType, code("own", "x")))
	tw.put(2, "open", model.Concept, "2", say(ontology.ConceptScheme, text("written")), say(ontology.ConceptNotation, text("x")))
	tw.put(3, "hr", model.Person, "3", say(ontology.PersonStatus, code("hidden", "x")))
	tw.put(4, "open", model.Concept, "4", say(ontology.ConceptScheme, text("hierarchy")), say(ontology.ConceptNotation, text("project")))
	tw.commit()
	asked := func(kind model.Kind, property model.PropertyID, list string, r access.Rights) error {
		v := tw.view(r)
		return errors.Join(
			errOf(v.List(ctx, kind, access.Filter{Values: []access.ValueFilter{{Property: property, Scheme: list, Value: "y"}}}, access.Page{First: 1})),
			errOf(v.List(ctx, kind, access.Filter{Codes: []access.CodeFilter{{property, code(list, "y")}}}, access.Page{First: 1})))
	}
	for name, c := range map[string]struct {
		err   error
		known bool
	}{
		"by a code":                       {asked(model.Organisation, ontology.OrgType, "own", public), true},
		"by a concept":                    {asked(model.Organisation, ontology.OrgType, "written", public), true},
		"by a code of another property":   {asked(model.Organisation, ontology.OrgStatus, "own", public), false},
		"by a code that is not seen":      {asked(model.Person, ontology.PersonStatus, "hidden", public), false},
		"by a code that is not for all":   {asked(model.Person, ontology.PersonStatus, "hidden", restricted), true},
		"a list without a name":           {tw.view(public).CheckList(ctx, ""), false},
		"a list to translate into":        {tw.view(public).CheckList(ctx, "own"), false},
		"a list of concepts":              {tw.view(public).CheckList(ctx, "written"), true},
		"a hierarchy of the registry's":   {tw.view(public).CheckHierarchy(ctx, "project"), true},
		"a hierarchy that nobody has put": {tw.view(public).CheckHierarchy(ctx, "Line"), false},
	} {
		if (c.err == nil) != c.known || c.err != nil && !errors.Is(c.err, access.ErrBadRequest) {
			t.Errorf("%s: %v", name, c.err)
		}
	}
}

func TestACodeListWithoutANameIsNone(t *testing.T) {
	tw := newTown()
	tw.put(1, "open", model.Concept, "1", say(ontology.ConceptScheme, text("written")), say(ontology.ConceptNotation, text("x")))
	tw.commit()
	v := tw.view(public)
	if lists, err := v.CodeLists(ctx); err != nil || len(lists) == 0 {
		t.Fatalf("%v, %v", lists, err)
	}
	if list, err := v.CodeList(ctx, ""); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("%v, %v", list, err)
	}
}

// TestASchemeThatIsNotIsSaid: not that it needs rights.
func TestASchemeThatIsNotIsSaid(t *testing.T) {
	v := searchedTown().view(public)
	if _, err := v.ByIdentifier(ctx, model.Organisation, "zz", "1"); !errors.Is(err, access.ErrBadRequest) || !strings.Contains(err.Error(), "organisationsnummer") {
		t.Error(err)
	}
	if _, err := v.ByIdentifier(ctx, model.Person, model.Personnummer, "1"); !errors.Is(err, access.ErrForbidden) {
		t.Error(err)
	}
}

// TestSuggestionsAreLookedForInBounds: however many words there are that begin
// alike, and however many that sound alike, so many are gone through and looked up.
func TestSuggestionsAreLookedForInBounds(t *testing.T) {
	tw := newTown()
	m := tw.store
	tw.put(1, "open", model.Service, "1", say(ontology.ServiceName, text("Kart")))
	tw.commit()
	m.moreWords = func(prefix string) (out []string) {
		for i := range 50_000 {
			out = append(out, fmt.Sprintf("%s%05d", prefix, i))
		}
		return out
	}
	v := tw.view(public)
	m.words.Store(0)
	if _, err := v.DidYouMean(ctx, "kartor tavlor skisser", nil); err != nil {
		t.Fatal(err)
	}
	if most := 20_000 * len(model.Kinds); m.words.Load() > int64(most) {
		t.Errorf("%d words are gone through, want at most %d", m.words.Load(), most)
	}
	m.words.Store(0)
	if got, err := v.DidYouMean(ctx, someWords(6), nil); err != nil || got != nil || m.words.Load() > 0 {
		t.Errorf("six words: %v, %v, %d words gone through", got, err, m.words.Load())
	}
	stopped, stop := context.WithCancel(ctx)
	stop()
	if _, err := v.DidYouMean(stopped, "kartor", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("after its time: %v", err)
	}
	// All sound alike, and none is a word of anything: each is a try.
	m.moreWords = func(prefix string) (out []string) {
		for _, a := range "aeiouy" {
			for _, b := range "aeiouy" {
				for _, c := range "aeiouy" {
					out = append(out, prefix+string(a)+"rt"+string(b)+string(c))
				}
			}
		}
		return out
	}
	m.finds.Store(0)
	if _, err := v.DidYouMean(ctx, "kortoo", nil); err != nil || m.finds.Load() == 0 || m.finds.Load() > 50 {
		t.Errorf("%d spellings are looked up, want 1 to 50: %v", m.finds.Load(), err)
	}
}

package access_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// rowTown has persons whose display order is the reverse of their ids', every
// third of them protected, and units of which every third is closed.
func rowTown(n int) *town {
	t := newTown()
	for i := range n {
		level, class := model.ProtectionNone, model.Unclassified
		if i%3 == 1 {
			level, class = marked, model.Restricted
		}
		t.put(1+i, "hr", model.Person, fmt.Sprint("p", i), say(ontology.PersonFamilyName, text(fmt.Sprintf("Namn%02d", n-i))),
			say(ontology.PersonProtection, noteOf(level)))
		t.putAs(100+i, "hr", model.Organisation, fmt.Sprint("u", i), class, say(ontology.OrgName, text(fmt.Sprintf("Enhet %02d", n-i))),
			say(ontology.OrgType, code("organisation-type", "unit")), say(ontology.OrgParent, to("hr", model.Organisation, "u0")))
	}
	t.commit()
	return t
}

// pageThrough collects ids forwards, and checks what the pages say of themselves.
func pageThrough(t *testing.T, ask func(access.Page) (*access.EntityPage, error), size int) (out []model.EntityID) {
	t.Helper()
	for page := (access.Page{First: size}); ; {
		p, err := ask(page)
		if err != nil {
			t.Fatal(err)
		}
		if p.HasPrevious != (page.After != "") {
			t.Errorf("after %d rows the page says %v of what is before", len(out), p.HasPrevious)
		}
		out = append(out, entityIDs(p.Items)...)
		if p.HasNext && len(p.Items) < size {
			t.Errorf("a page of %d though there is more", len(p.Items))
		}
		if !p.HasNext {
			return out
		}
		page.After = p.Cursors[len(p.Cursors)-1]
	}
}

func pageBack(t *testing.T, ask func(access.Page) (*access.EntityPage, error), size int) (out []model.EntityID) {
	t.Helper()
	for page := (access.Page{First: size, Backward: true}); ; {
		p, err := ask(page)
		if err != nil {
			t.Fatal(err)
		}
		if p.HasNext != (page.Before != "") {
			t.Errorf("before %d rows the page says %v of what is after", len(out), p.HasNext)
		}
		out = append(entityIDs(p.Items), out...)
		if !p.HasPrevious {
			return out
		}
		page.Before = p.Cursors[0]
	}
}

func TestPagesAreFullWhateverIsHiddenBetweenThem(t *testing.T) {
	const n = 13
	tw := rowTown(n)
	byName := func(first int, hidden bool) (out []model.EntityID) {
		for i := n - 1; i >= 0; i-- {
			if !hidden || i%3 != 1 {
				out = append(out, id(first+i))
			}
		}
		return out
	}
	byID := func(first int) []model.EntityID {
		out := byName(first, true)
		slices.Reverse(out)
		return out
	}
	for name, c := range map[string]struct {
		rights access.Rights
		ask    func(*access.View, access.Page) (*access.EntityPage, error)
		want   []model.EntityID
	}{
		"units by name": {public, func(v *access.View, p access.Page) (*access.EntityPage, error) {
			return v.List(ctx, model.Organisation, access.Filter{}, p)
		}, byName(100, true)},
		"units with the scope": {restricted, func(v *access.View, p access.Page) (*access.EntityPage, error) {
			return v.List(ctx, model.Organisation, access.Filter{}, p)
		}, byName(100, false)},
		"persons with the scope, by name": {restricted, func(v *access.View, p access.Page) (*access.EntityPage, error) {
			return v.List(ctx, model.Person, access.Filter{}, p)
		}, byName(1, true)},
		"persons in the house, by id": {reader, func(v *access.View, p access.Page) (*access.EntityPage, error) {
			return v.List(ctx, model.Person, access.Filter{}, p)
		}, byID(1)},
		"persons to a board, by id": {rightsOf(restricted, "kommunstyrelsen"), func(v *access.View, p access.Page) (*access.EntityPage, error) {
			return v.List(ctx, model.Person, access.Filter{}, p)
		}, byID(1)},
		"units that a search finds": {public, func(v *access.View, p access.Page) (*access.EntityPage, error) {
			return v.Search(ctx, model.Organisation, "enh", p)
		}, byID(100)},
		"units with a code": {public, func(v *access.View, p access.Page) (*access.EntityPage, error) {
			return v.ByCode(ctx, model.Organisation, 0, "organisation-type", "unit", p)
		}, byID(100)},
	} {
		t.Run(name, func(t *testing.T) {
			v := tw.view(c.rights)
			ask := func(p access.Page) (*access.EntityPage, error) { return c.ask(v, p) }
			for _, size := range []int{1, 2, 5, n, 100} {
				if diff := cmp.Diff(c.want, pageThrough(t, ask, size)); diff != "" {
					t.Errorf("pages of %d: %s", size, diff)
				}
				if diff := cmp.Diff(c.want, pageBack(t, ask, size)); diff != "" {
					t.Errorf("pages of %d from the end: %s", size, diff)
				}
			}
		})
	}
}

func rightsOf(r access.Rights, authorities ...string) access.Rights {
	r.Authorities = authorities
	return r
}

func TestReferrersArePagedOneLinkAtATime(t *testing.T) {
	tw := rowTown(4)
	twice := to("hr", model.Organisation, "u0")
	line, economy := twice, twice
	line.Role, economy.Role = "line", "economy"
	tw.put(103, "hr", model.Organisation, "u3", say(ontology.OrgName, text("Enhet")), say(ontology.OrgParent, line), say(ontology.OrgParent, economy))
	tw.commit()
	v := tw.view(public)
	var got []string
	page := access.Page{First: 1}
	for {
		p, err := v.Referrers(ctx, id(100), nil, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Items {
			got = append(got, fmt.Sprintf("%d %s", r.Entity.ID[15], r.Role))
		}
		if !p.HasNext {
			break
		}
		page.After = p.Cursors[0]
	}
	slices.Sort(got[2:])
	want := []string{"100 ", "102 ", "103 economy", "103 line"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestALinkBehindTheLastThatWasReadIsFound: the index is read so many links at a
// time, and what is asked for may lie behind another link of the same thing.
func TestALinkBehindTheLastThatWasReadIsFound(t *testing.T) {
	tw := rowTown(4)
	line, economy := to("hr", model.Organisation, "u0"), to("hr", model.Organisation, "u0")
	line.Role, economy.Role = "line", "economy"
	tw.put(103, "hr", model.Organisation, "u3", say(ontology.OrgName, text("Enhet")), say(ontology.OrgParent, line), say(ontology.OrgParent, economy))
	tw.commit()
	for _, leave := range []access.Leave{0, access.LeaveAhead} {
		for size := 1; size < 4; size++ {
			q := access.ReferrerQuery{Property: ontology.OrgParent, Role: "line", First: size, Leave: leave}
			pages, err := tw.view(public).ReferrersOf(ctx, ids(100), q)
			if err != nil {
				t.Fatal(err)
			}
			if p := pages[0]; len(p.Items) != 1 || p.Items[0].Entity.ID != id(103) || p.HasNext {
				t.Errorf("%d at a time: %+v", size, p)
			}
		}
	}
}

func TestCursorsHoldNoName(t *testing.T) {
	tw := rowTown(6)
	p, err := tw.view(restricted).List(ctx, model.Person, access.Filter{}, access.Page{First: 3})
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range p.Cursors {
		b, err := base64.RawURLEncoding.DecodeString(c)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) != 1+4+16 || !strings.Contains(string(b), string(p.Items[i].ID[1:])) {
			t.Errorf("a person's cursor holds more than the id: %d bytes", len(b))
		}
	}
}

func TestAGuessedCursorTellsNothingOfAHiddenPlace(t *testing.T) {
	tw := rowTown(6)
	v := tw.view(restricted)
	if _, err := v.List(ctx, model.Person, access.Filter{}, access.Page{First: 3, After: access.IDCursor(v, model.Person, id(2))}); !errors.Is(err, access.ErrCursor) {
		t.Errorf("at a protected person: %v", err)
	}
	if _, err := v.List(ctx, model.Person, access.Filter{}, access.Page{First: 3, After: access.IDCursor(v, model.Person, id(999))}); !errors.Is(err, access.ErrCursor) {
		t.Errorf("at nobody: %v", err)
	}
	if _, err := v.List(ctx, model.Person, access.Filter{}, access.Page{First: 3, After: access.IDCursor(v, model.Person, id(1))}); err != nil {
		t.Errorf("at somebody: %v", err)
	}
}

func TestACursorOutlivesWhatItPointsAt(t *testing.T) {
	tw := rowTown(6)
	v := tw.view(restricted)
	p, err := v.List(ctx, model.Person, access.Filter{}, access.Page{First: 2})
	if err != nil {
		t.Fatal(err)
	}
	last := p.Items[1].ID
	tw.put(int(last[15]), "hr", model.Person, tw.keys[last].LocalID)
	tw.commit()
	next, err := v.List(ctx, model.Person, access.Filter{}, access.Page{First: 10, After: p.Cursors[1]})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ids(3, 1), entityIDs(next.Items)); diff != "" {
		t.Errorf("after somebody who has gone: %s", diff)
	}
}

func TestPagesHaveBounds(t *testing.T) {
	v := rowTown(3).view(public)
	for _, n := range []int{-1, 0, 1001} {
		if _, err := v.List(ctx, model.Organisation, access.Filter{}, access.Page{First: n}); !errors.Is(err, access.ErrBadRequest) {
			t.Errorf("a page of %d: %v", n, err)
		}
	}
	for c, want := range map[string]error{
		"!": access.ErrCursor, "AAAA": access.ErrCursor, "nonsense": access.ErrCursor, access.IDCursor(v, model.Organisation, id(1)): access.ErrOtherList,
	} {
		if _, err := v.List(ctx, model.Organisation, access.Filter{}, access.Page{First: 1, After: c}); !errors.Is(err, want) {
			t.Errorf("cursor %q: %v", c, err)
		}
		if _, err := v.Changes(ctx, c, 1); !errors.Is(err, want) {
			t.Errorf("cursor %q of the feed: %v", c, err)
		}
	}
	for _, whole := range []string{access.AfterRevision(1), access.IDCursor(v, model.Organisation, id(1))} {
		for n := 2; n < len(whole); n++ {
			if _, err := v.Changes(ctx, whole[:n], 1); !errors.Is(err, access.ErrCursor) && !errors.Is(err, access.ErrOtherList) {
				t.Errorf("cursor %q, cut off: %v", whole[:n], err)
			}
		}
	}
}

func TestSomeIsAskedOfThePresentOnly(t *testing.T) {
	v, err := rowTown(3).view(reader).At(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"identifier": second(v.ByIdentifier(ctx, model.Organisation, model.CFAR, "12345678")),
		"changes":    second(v.Changes(ctx, "", 1)),
	} {
		if !errors.Is(err, access.ErrPresentOnly) {
			t.Errorf("%s of the past: %v", what, err)
		}
	}
}

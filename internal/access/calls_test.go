package access_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/subject"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// asking is a caller who asks everything there is to ask.
type asking struct {
	town *town
	view *access.View
	past bool
	// ids, words and numbers are asked about; what the town has, when not given.
	ids     []model.EntityID
	words   []string
	numbers []string
	codes   []model.Code
}

// call asks one method of a View in many ways. Its answers are text, in a fixed
// order, so that two towns can be compared and searched.
type call struct {
	method string
	ask    func(*asking) []string
}

func (a *asking) everyID() []model.EntityID {
	if a.ids == nil {
		for n := range a.town.keys {
			a.ids = append(a.ids, n)
		}
		slices.SortFunc(a.ids, model.EntityID.Compare)
		a.ids = append(a.ids, id(999))
	}
	return a.ids
}

func (a *asking) everyWord() []string {
	if a.words == nil {
		a.words = []string{"a", "ann", "ek", "eek", "ber", "alm", "sotare", "handl", "en", "snick", "sk", "by", "bef", "name1", "name2", "title"}
	}
	return a.words
}

func (a *asking) everyNumber() []string {
	if a.numbers == nil {
		a.numbers = []string{anna, bertil, trader[2:], "12", "anek@skola.example"}
	}
	return a.numbers
}

func (a *asking) everyCode() []model.Code {
	if a.codes == nil {
		for _, n := range []string{"post", "employment", "pupil", "duty"} {
			a.codes = append(a.codes, code("role-type", n))
		}
		a.codes = append(a.codes, code("geography-type", "county"), code("service-type", "building"), code("sex", "F"))
	}
	return a.codes
}

// filters are filters of a kind of every sort, in different orders.
func (a *asking) filters(kind model.Kind) (out []access.Filter) {
	orders := []access.Order{access.AsFound, access.ByName, access.ByNameDescending, access.ByID, access.ByIDDescending}
	add := func(f access.Filter) {
		f.Order = orders[len(out)%len(orders)]
		out = append(out, f)
	}
	for _, order := range orders[1:] {
		out = append(out, access.Filter{Order: order})
	}
	for _, year := range []int16{1960, 2030, 2031} { // see person, job and post
		add(access.Filter{Ends: model.Period{From: model.Date{Year: year - 1}, To: model.Date{Year: year}}})
		add(access.Filter{Ends: model.Period{From: model.Date{Year: year}}})
		add(access.Filter{Ends: model.Period{To: model.Date{Year: year}}, Text: new("t")})
	}
	// What is asked about is the same for both towns; some will do.
	some := 15
	if a.past {
		some = 45
	}
	for i, place := range a.everyID() {
		// Persons are led to a place and an organisation by what may be hidden.
		leads := kind == model.Person && (place.Compare(id(units)) >= 0 && place.Compare(id(aShelter)) <= 0 || place.Compare(id(places)) >= 0 && place.Compare(id(places+4)) <= 0)
		if i%some == int(kind) || leads && (a.past == (i%2 == 0) || !a.past) {
			add(access.Filter{Within: new(place)})
			add(access.Filter{Under: new(place)})
		}
	}
	for _, row := range ontology.Of(kind) {
		switch row.Index {
		case ontology.IndexLink:
			for i, to := range a.everyID() {
				if i%some == int(row.ID)%15 {
					add(access.Filter{Values: []access.ValueFilter{{Property: row.ID, To: new(to)}}})
				}
			}
		case ontology.IndexToken:
			for _, word := range []string{"name1", "alm", "s"} {
				add(access.Filter{Values: []access.ValueFilter{{Property: row.ID, Value: word}}})
			}
		case ontology.IndexCode:
			for _, c := range a.everyCode()[:3] {
				add(access.Filter{Values: []access.ValueFilter{{Property: row.ID, Scheme: c.Scheme, Value: c.Notation}}})
			}
		case ontology.IndexExact:
			for _, number := range a.everyNumber()[:3] {
				add(access.Filter{Values: []access.ValueFilter{{Property: row.ID, Scheme: string(model.Organisationsnummer), Value: number}}})
			}
			add(access.Filter{Values: []access.ValueFilter{{Property: row.ID, Value: "post"}}})
		case ontology.IndexNone:
		}
	}
	return out
}

// answer is what came back as text; the error alone when there is one.
func answer(what any, err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	b, err := json.Marshal(what)
	if err != nil {
		return "unprintable: " + err.Error()
	}
	return string(b)
}

// each asks about every id.
func each[T any](ask func(*asking, model.EntityID) (T, error)) func(*asking) []string {
	return func(a *asking) (out []string) {
		for _, id := range a.everyID() {
			out = append(out, fmt.Sprint(id, ": ", answer(ask(a, id))))
		}
		return out
	}
}

// pages asks for page after page, of two rows each.
func pages[T any](ask func(access.Page) (T, error), end func(T) (cursor string, more bool)) (out []string) {
	page := access.Page{First: 2}
	for range 100 {
		p, err := ask(page)
		out = append(out, answer(p, err))
		if err != nil {
			return out
		}
		cursor, more := end(p)
		if !more {
			return out
		}
		page.After = cursor
	}
	return append(out, "pages without end")
}

func lastOf(cursors []string, more bool) (string, bool) {
	if len(cursors) == 0 {
		return "", false
	}
	return cursors[len(cursors)-1], more
}

func entityPages(ask func(access.Page) (*access.EntityPage, error)) []string {
	out := pages(ask, func(p *access.EntityPage) (string, bool) { return lastOf(p.Cursors, p.HasNext) })
	back := access.Page{First: 2, Backward: true}
	for range 100 {
		p, err := ask(back)
		out = append(out, answer(p, err))
		if err != nil || !p.HasPrevious || len(p.Cursors) == 0 {
			return out
		}
		back.Before = p.Cursors[0]
	}
	return append(out, "pages without beginning")
}

func workPages[T any](ask func(after string) (*access.WorkPage[T], error)) []string {
	return pages(func(p access.Page) (*access.WorkPage[T], error) { return ask(p.After) },
		func(p *access.WorkPage[T]) (string, bool) { return lastOf(p.Cursors, p.HasNext) })
}

func matched(from quads.QuadSource, p quads.Pattern) string {
	var out []quads.Quad
	for q, err := range from.Match(context.Background(), p) {
		if err != nil {
			return answer(nil, err)
		}
		out = append(out, q)
	}
	return answer(out, nil)
}

var ctx = context.Background()

// calls has every method of View. A method that is not here is not tested for
// what it tells, so TestEveryMethodIsAsked fails.
var calls = []call{
	{"Rights", func(a *asking) []string { return []string{answer(a.view.Rights(), nil)} }},
	{"Revision", func(a *asking) []string { return []string{answer(a.view.Revision(ctx))} }},
	{"Snapshot", func(a *asking) []string {
		still, release, err := a.view.Snapshot(ctx)
		if err != nil {
			return []string{answer(nil, err)}
		}
		defer release()
		return []string{answer(still.Revision(ctx)), answer(still.Entities(ctx, a.everyID())), matched(still.Quads(), quads.Pattern{})}
	}},
	{"Unopened", func(a *asking) []string {
		closed := a.view.Unopened()
		return []string{answer(closed.Entities(ctx, a.everyID())), matched(closed.Quads(), quads.Pattern{})}
	}},
	{"CommittedAt", func(a *asking) (out []string) {
		for r := range a.town.store.at + 2 {
			out = append(out, answer(a.view.CommittedAt(ctx, r)))
		}
		return out
	}},
	{"Entity", each(func(a *asking, id model.EntityID) (*access.Entity, error) { return a.view.Entity(ctx, id) })},
	{"Entities", func(a *asking) []string { return []string{answer(a.view.Entities(ctx, a.everyID()))} }},
	{"AheadOfIDs", func(a *asking) []string {
		ahead, err := a.view.AheadOfIDs(ctx, a.everyID(), aheadSteps)
		if err != nil {
			return []string{answer(0, err)}
		}
		return aheadAnswers(ahead, a.view, func(v *access.View) ([]*access.Entity, error) { return v.Entities(ctx, a.everyID()) })
	}},
	{"AheadOfIdentifier", func(a *asking) (out []string) {
		for _, number := range a.everyNumber() {
			for _, kind := range []model.Kind{model.Person, model.Organisation} {
				for _, s := range []model.Scheme{model.Personnummer, model.Organisationsnummer, model.EPPN} {
					ahead, err := a.view.AheadOfIdentifier(ctx, kind, s, number, aheadSteps)
					if err != nil {
						return append(out, answer(0, err))
					}
					out = append(out, aheadAnswers(ahead, a.view, func(v *access.View) ([]*access.Entity, error) { return v.ByIdentifier(ctx, kind, s, number) })...)
				}
			}
		}
		return out
	}},
	{"Gone", each(func(a *asking, id model.EntityID) (bool, error) { return a.view.Gone(ctx, id) })},
	{"Revised", func(a *asking) []string { return []string{answer(a.view.Revised(ctx, a.everyID()))} }},
	{"ByIdentifier", func(a *asking) (out []string) {
		for _, number := range a.everyNumber() {
			for _, kind := range model.Kinds {
				for _, s := range []model.Scheme{model.Personnummer, model.Organisationsnummer, model.Lanskod, model.EPPN} {
					out = append(out, answer(a.view.ByIdentifier(ctx, kind, s, number)))
				}
			}
		}
		return out
	}},
	{"List", func(a *asking) (out []string) {
		for _, kind := range model.Kinds {
			for _, day := range []model.Date{{}, {Year: 1900, Month: 1, Day: 1}} {
				out = append(out, entityPages(func(p access.Page) (*access.EntityPage, error) {
					return a.view.List(ctx, kind, access.Filter{ValidAt: day}, p)
				})...)
			}
			for _, f := range a.filters(kind) {
				out = append(out, entityPages(func(p access.Page) (*access.EntityPage, error) { return a.view.List(ctx, kind, f, p) })...)
			}
			// From places that the caller may have guessed.
			for _, id := range a.everyID() {
				out = append(out, answer(a.view.List(ctx, kind, access.Filter{}, access.Page{First: 2, After: access.IDCursor(a.view, kind, id)})))
			}
		}
		return out
	}},
	{"Total", func(a *asking) (out []string) {
		for _, kind := range model.Kinds {
			for _, f := range append(a.filters(kind), access.Filter{}, access.Filter{ValidAt: model.Date{Year: 1900, Month: 1, Day: 1}}) {
				n, ok, err := a.view.Total(ctx, kind, f)
				out = append(out, answer([]any{n, ok}, err))
			}
		}
		return out
	}},
	{"Search", func(a *asking) (out []string) {
		for _, kind := range model.Kinds {
			for _, word := range a.everyWord() {
				out = append(out, entityPages(func(p access.Page) (*access.EntityPage, error) { return a.view.Search(ctx, kind, word, p) })...)
			}
		}
		return out
	}},
	{"SearchEverywhere", func(a *asking) (out []string) {
		for _, words := range append(a.everyWord(), "anna ek", "name1 alm1", "enheten for aldrande", "ekv 1") {
			for _, kinds := range [][]model.Kind{nil, {model.Person, model.Role}} {
				out = append(out, pages(func(p access.Page) (*access.EntityPage, error) {
					return a.view.SearchEverywhere(ctx, access.Everywhere{Text: words, Kinds: kinds, First: p.First, After: p.After})
				}, func(p *access.EntityPage) (string, bool) { return lastOf(p.Cursors, p.HasNext) })...)
			}
		}
		return out
	}},
	{"DidYouMean", func(a *asking) (out []string) {
		for _, words := range append(a.everyWord(), "anna eck", "neim1", "alma1", "bertell", "schnickeri", "titel1") {
			for _, kinds := range [][]model.Kind{nil, {model.Person, model.Role}} {
				out = append(out, answer(a.view.DidYouMean(ctx, words, kinds)))
			}
		}
		return out
	}},
	{"ByCode", func(a *asking) (out []string) {
		for _, kind := range model.Kinds {
			for _, c := range a.everyCode() {
				out = append(out, entityPages(func(p access.Page) (*access.EntityPage, error) {
					return a.view.ByCode(ctx, kind, 0, c.Scheme, c.Notation, p)
				})...)
			}
		}
		return out
	}},
	{"Referrers", func(a *asking) (out []string) {
		for _, id := range a.everyID() {
			out = append(out, pages(func(p access.Page) (*access.ReferrerPage, error) { return a.view.Referrers(ctx, id, nil, p) },
				func(p *access.ReferrerPage) (string, bool) { return lastOf(p.Cursors, p.HasNext) })...)
		}
		return out
	}},
	{"ReferrersOf", func(a *asking) (out []string) {
		for _, p := range []model.PropertyID{ontology.RoleOrganisation, ontology.RoleHolder, ontology.OrgLegalEntity, ontology.RoleFills} {
			ids, before := a.everyID(), ""
			for range 3 {
				all, err := a.view.ReferrersOf(ctx, ids, access.ReferrerQuery{Property: p, First: 1, Before: before, Backward: true})
				out = append(out, answer(all, err))
				for i, page := range all {
					if page.HasPrevious {
						ids, before = ids[i:i+1], page.Cursors[0]
						break
					}
				}
			}
			cursor := ""
			ids = a.everyID()
			for range 3 {
				all, err := a.view.ReferrersOf(ctx, ids, access.ReferrerQuery{Property: p, First: 1, After: cursor})
				out = append(out, answer(all, err))
				for i, page := range all {
					if page.HasNext {
						ids, cursor = ids[i:i+1], page.Cursors[0]
						break
					}
				}
			}
			// Of one golden record, for all.
			out = append(out, answer(a.view.ReferrersOf(ctx, a.everyID(), access.ReferrerQuery{Property: p, First: 1, After: cursor})))
		}
		return out
	}},
	{"WalkCursors", func(a *asking) (out []string) {
		for _, id := range a.everyID() {
			c := a.view.WalkCursors(id, "some way").Cursor("1 place")
			place, err := a.view.WalkCursors(id, "some way").Place(c)
			other, refused := a.view.WalkCursors(id, "other way").Place(c)
			out = append(out, c, answer(place, err), answer(other, refused))
		}
		return out
	}},
	{"ReferrersTo", func(a *asking) (out []string) {
		found, err := a.view.Entities(ctx, a.everyID())
		if err != nil {
			return []string{answer(found, err)}
		}
		shown := slices.DeleteFunc(found, func(e *access.Entity) bool { return e == nil })
		for _, p := range []model.PropertyID{ontology.RoleOrganisation, ontology.RoleHolder} {
			all, err := a.view.ReferrersTo(ctx, shown, access.ReferrerQuery{Property: p, First: 2})
			out = append(out, answer(all, err))
		}
		return out
	}},
	{"Statements", each(func(a *asking, id model.EntityID) ([]access.StatementInfo, error) {
		return a.view.Statements(ctx, id, nil)
	})},
	{"Records", each(func(a *asking, id model.EntityID) ([]access.RecordInfo, error) { return a.view.Records(ctx, id) })},
	{"RecordHistory", each(func(a *asking, id model.EntityID) ([]access.RecordInfo, error) { return a.view.RecordHistory(ctx, id) })},
	{"History", each(func(a *asking, id model.EntityID) ([]*access.Entity, error) { return a.view.History(ctx, id) })},
	{"Timeline", each(func(a *asking, id model.EntityID) ([]string, error) {
		return pages(func(p access.Page) (*access.TimelinePage, error) { return a.view.Timeline(ctx, id, p) },
			func(p *access.TimelinePage) (string, bool) {
				if len(p.Items) == 0 {
					return "", false
				}
				return p.Items[len(p.Items)-1].Cursor, p.HasNext
			}), nil
	})},
	{"RevisionAt", func(a *asking) (out []string) {
		for r := range int(a.town.store.at) + 2 {
			at := a.town.now.Add(time.Duration(r)*time.Hour - time.Minute)
			out = append(out, answer(a.view.RevisionAt(ctx, at)), answer(a.view.RevisionAt(ctx, at.Add(time.Minute))))
		}
		return out
	}},
	{"Difference", each(func(a *asking, id model.EntityID) (out []string, err error) {
		for to := model.Revision(1); to <= a.town.store.at+1; to++ {
			for from := range to {
				out = append(out, answer(a.view.Difference(ctx, id, from, to)))
			}
		}
		return out, nil
	})},
	{"Differences", func(a *asking) (out []string) {
		for to := model.Revision(1); to <= a.town.store.at+1; to++ {
			for from := range to {
				out = append(out, pages(func(p access.Page) (*access.DifferencePage, error) {
					return a.view.Differences(ctx, access.DifferenceQuery{From: from, To: to, First: p.First, After: p.After})
				}, func(p *access.DifferencePage) (string, bool) { return lastOf(p.Cursors, p.HasNext) })...)
			}
		}
		return out
	}},
	{"Changes", func(a *asking) []string {
		return pages(func(p access.Page) (*access.ChangePage, error) { return a.view.Changes(ctx, p.After, 2) },
			func(p *access.ChangePage) (string, bool) { return p.Cursor, p.HasNext })
	}},
	{"CodeLists", func(a *asking) []string { return []string{answer(a.view.CodeLists(ctx))} }},
	{"CodeList", func(a *asking) []string {
		return []string{answer(a.view.CodeList(ctx, "role-type")), answer(a.view.CodeList(ctx, "none"))}
	}},
	{"Code", func(a *asking) (out []string) {
		for _, c := range a.everyCode() {
			out = append(out, answer(a.view.Code(ctx, c.Scheme, c.Notation)))
		}
		return out
	}},
	{"CodeAt", func(a *asking) []string {
		return []string{answer(a.view.CodeAt(ctx, "role-type", "post", model.Date{Year: 1900}))}
	}},
	{"CheckList", func(a *asking) []string {
		return []string{answer(0, a.view.CheckList(ctx, "role-type")), answer(0, a.view.CheckList(ctx, "none")), answer(0, a.view.CheckList(ctx, ""))}
	}},
	{"CheckHierarchy", func(a *asking) []string {
		return []string{answer(0, a.view.CheckHierarchy(ctx, "line")), answer(0, a.view.CheckHierarchy(ctx, "none"))}
	}},
	{"TranslateCode", func(a *asking) (out []string) {
		for _, c := range a.everyCode() {
			for _, list := range []string{"", "role-type"} {
				out = append(out, answer(a.view.TranslateCode(ctx, c, list, model.Date{Year: 1900})))
			}
		}
		return out
	}},
	{"Counts", func(a *asking) []string { return []string{answer(a.view.Counts(ctx))} }},
	{"WorkCounts", func(a *asking) []string { return []string{answer(a.view.WorkCounts(ctx))} }},
	{"List", func(a *asking) []string { // of unknown protection
		return entityPages(func(p access.Page) (*access.EntityPage, error) {
			return a.view.List(ctx, model.Person, access.Filter{UnknownProtection: true}, p)
		})
	}},
	{"Conflicts", func(a *asking) []string {
		return workPages(func(after string) (*access.WorkPage[access.ConflictInfo], error) {
			return a.view.Conflicts(ctx, after, 1)
		})
	}},
	{"Quarantine", func(a *asking) []string {
		return workPages(func(after string) (*access.WorkPage[access.QuarantineInfo], error) {
			return a.view.Quarantine(ctx, "", after, 1)
		})
	}},
	{"RecordIssues", func(a *asking) (out []string) {
		for _, source := range []model.Source{"", "hr", "school"} {
			out = append(out, workPages(func(after string) (*access.WorkPage[access.FlawedInfo], error) {
				return a.view.RecordIssues(ctx, source, after, 1)
			})...)
		}
		return out
	}},
	{"Issues", func(a *asking) (out []string) {
		for _, id := range a.everyID() {
			records, err := a.view.Records(ctx, id)
			if err != nil {
				out = append(out, err.Error())
			}
			for i := range records {
				out = append(out, answer(a.view.Issues(ctx, id, &records[i])))
			}
		}
		return out
	}},
	{"Dangling", func(a *asking) []string {
		return workPages(func(after string) (*access.WorkPage[access.DanglingInfo], error) {
			return a.view.Dangling(ctx, after, 1)
		})
	}},
	{"Reviews", func(a *asking) (out []string) {
		for _, kind := range model.Kinds {
			out = append(out, workPages(func(after string) (*access.WorkPage[access.PairInfo], error) {
				return a.view.Reviews(ctx, kind, after, 1)
			})...)
		}
		return out
	}},
	{"MayDecide", each(func(a *asking, id model.EntityID) (bool, error) {
		err := a.view.MayDecide(ctx, id)
		return err == nil, err
	})},
	{"Pairs", each(func(a *asking, id model.EntityID) ([]access.PairInfo, error) { return a.view.Pairs(ctx, id) })},
	{"PairsAmong", func(a *asking) []string { return []string{answer(a.view.PairsAmong(ctx, a.everyID()))} }},
	{"Waterfall", func(a *asking) (out []string) {
		ids := a.everyID()
		for i, id := range ids[1:] {
			out = append(out, fmt.Sprint(id, ": ", answer(a.view.Waterfall(ctx, ids[i], id))))
		}
		return out
	}},
	{"Decisions", func(a *asking) (out []string) {
		for _, id := range a.everyID() {
			out = append(out, answer(a.view.Decisions(ctx, id)))
		}
		return out
	}},
	{"MayJoin", func(a *asking) (out []string) {
		ids := a.everyID()
		for i, x := range ids {
			for _, y := range ids[i+1:] {
				out = append(out, fmt.Sprint(x, " and ", y, ": ", a.view.MayJoin(ctx, a.town.store, [][2]model.EntityID{{x, y}}, nil),
					a.view.MayJoin(ctx, a.town.store, nil, [][]model.EntityID{{x, y}})))
			}
		}
		return out
	}},
	{"ChangedAt", func(a *asking) (out []string) {
		for r := range a.town.store.at {
			out = append(out, answer(a.view.ChangedAt(ctx, r+1, model.Kinds...)))
		}
		return out
	}},
	{"Stating", func(a *asking) []string { return []string{answer(a.view.Stating("another case").Rights(), nil)} }},
	{"Subject", func(a *asking) (out []string) {
		for _, id := range a.everyID() {
			out = append(out, fmt.Sprint(id, ": ", answer(a.view.Subject(ctx, id))))
			// Stating why makes another caller of who may see protected persons.
			if r := a.view.Rights(); r.Purpose != "" || !r.Has(access.ProtectedRead) {
				out = append(out, answer(a.view.Stating("dnr 1").Subject(ctx, id)))
			}
		}
		return out
	}},
	{"Cases", func(a *asking) []string {
		return []string{answer(a.view.Cases(ctx, "", model.EntityID{}, 100)), answer(a.view.Cases(ctx, "open", id(2), 1))}
	}},
	{"Case", each(func(a *asking, id model.EntityID) (subject.Case, error) { return a.view.Case(ctx, id) })},
	{"MayRectify", each(func(a *asking, id model.EntityID) (string, error) {
		return "", a.view.MayRectify(ctx, id, ontology.PersonFamilyName, "hr")
	})},
	{"Deliveries", func(a *asking) []string { return []string{answer(a.view.Deliveries(ctx, "", 10))} }},
	{"QuadsOf", func(a *asking) []string { return []string{matched(a.view.QuadsOf(a.everyID()...), quads.Pattern{})} }},
	{"QuadsOn", func(a *asking) (out []string) {
		for _, day := range []model.Date{{}, {Year: 1900, Month: 1, Day: 1}} {
			source := a.view.QuadsOn(day, "")
			var objects []quads.Term
			for _, id := range a.everyID() {
				var iris []string
				for _, kind := range model.Kinds {
					iris = append(iris, quads.EntityIRI(base, kind, id))
					objects = append(objects, quads.Term{Kind: quads.IRI, Value: iris[len(iris)-1]})
				}
				out = append(out, matched(source, quads.Pattern{Subjects: iris}))
			}
			out = append(out, matched(source, quads.Pattern{Objects: objects}), matched(source, quads.Pattern{}),
				matched(a.view.QuadsOn(day, "line"), quads.Pattern{Objects: objects}))
			for _, row := range []model.PropertyID{ontology.RoleHolder, ontology.RoleOrganisation, ontology.OrgParent, ontology.OrgLegalEntity, ontology.RoleTitle} {
				out = append(out, matched(source, quads.Pattern{Predicates: []string{quads.Predicate(row)}, Objects: objects}))
			}
		}
		return append(out, a.walks()...)
	}},
	{"Quads", func(a *asking) []string {
		out := []string{matched(a.view.Quads(), quads.Pattern{})}
		for _, id := range a.everyID() {
			for _, kind := range model.Kinds {
				iri := quads.EntityIRI(base, kind, id)
				out = append(out, matched(a.view.Quads(), quads.Pattern{Subjects: []string{iri, iri + "#email-1"}}),
					matched(a.view.Quads(), quads.Pattern{Objects: []quads.Term{{Kind: quads.IRI, Value: iri}}}))
			}
		}
		for _, row := range []model.PropertyID{ontology.PersonFamilyName, ontology.RoleTitle, ontology.OrgName} {
			for _, word := range a.everyWord() {
				out = append(out, matched(a.view.Quads(), quads.Pattern{
					Predicates: []string{quads.Predicate(row)}, Objects: []quads.Term{{Kind: quads.Literal, Value: word}},
				}))
			}
		}
		for _, c := range a.everyCode() {
			out = append(out, matched(a.view.Quads(), quads.Pattern{
				Predicates: []string{quads.Predicate(ontology.RoleType)},
				Objects:    []quads.Term{{Kind: quads.IRI, Value: quads.CodeIRI(base, c.Scheme, c.Notation)}},
			}))
		}
		return out
	}},
}

// At asks all the others at every revision; it is apart because it needs them.
func init() {
	all := calls
	calls = append(calls, call{"At", func(a *asking) (out []string) {
		if a.past {
			return nil
		}
		for r := model.Revision(0); r <= a.town.store.at+1; r++ {
			then, err := a.view.At(ctx, r)
			if err != nil {
				out = append(out, fmt.Sprint("at ", r, ": to come: ", errors.Is(err, graph.ErrFutureRevision)))
				continue
			}
			b := *a
			b.view, b.past = then, true
			for _, c := range all {
				for _, s := range c.ask(&b) {
					out = append(out, fmt.Sprint("at ", r, " ", c.method, " ", s))
				}
			}
		}
		return out
	}})
}

// aheadSteps lead from persons and organisations to roles, and from those on.
var aheadSteps = []graph.RouteStep{
	{Property: ontology.RoleHolder, Back: 2}, {Property: ontology.RoleOrganisation, Back: 3},
	{After: 1, Property: ontology.RoleOrganisation}, {After: 2, Property: ontology.RoleHolder}, {After: 3, Property: ontology.OrgParent},
}

// aheadAnswers are what is found and what refers to it, read ahead, and whether that
// is what is answered otherwise.
func aheadAnswers(ahead, view *access.View, find func(*access.View) ([]*access.Entity, error)) (out []string) {
	ask := func(v *access.View) (out []string) {
		found, err := find(v)
		out = append(out, answer(found, err))
		shown := slices.DeleteFunc(found, func(e *access.Entity) bool { return e == nil })
		for _, p := range []model.PropertyID{ontology.RoleHolder, ontology.RoleOrganisation} {
			pages, err := v.ReferrersTo(ctx, shown, access.ReferrerQuery{Property: p, First: 1})
			out = append(out, answer(pages, err))
		}
		return out
	}
	out = ask(ahead)
	return append(out, fmt.Sprint("as otherwise: ", slices.Equal(out, ask(view))))
}

func TestEveryMethodIsAsked(t *testing.T) {
	asked := map[string]bool{}
	for _, c := range calls {
		asked[c.method] = true
	}
	view := reflect.TypeFor[*access.View]()
	for i := range view.NumMethod() {
		// Together changes how a read is told, and no answer; Looked tells what the
		// callers' own questions put there (TestWhoLookedIsTold).
		if name := view.Method(i).Name; !asked[name] && name != "Together" && name != "Looked" {
			t.Errorf("View.%s is in no call: what it tells is not tested", name)
		}
	}
}

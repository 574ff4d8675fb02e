package gql_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/graph/walk"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

// ids are all texts under a key "id" in an answer, in their order.
func ids(tb testing.TB, data json.RawMessage) (out []string) {
	tb.Helper()
	dec := json.NewDecoder(strings.NewReader(string(data)))
	for {
		t, err := dec.Token()
		if err == io.EOF {
			return out
		}
		if err != nil {
			tb.Fatal(err)
		}
		if t == "id" {
			if t, err = dec.Token(); err != nil {
				tb.Fatal(err)
			}
			out = append(out, t.(string))
		}
	}
}

// TestPagesOfAWalkAreTheWholeOfIt: one after the other they have everything
// once, and in the order of one large page.
func TestPagesOfAWalkAreTheWholeOfIt(t *testing.T) {
	town := gqltest.New(t)
	for i := range 7 {
		town.DeliverUnit(t, fmt.Sprintf("unit-%d", i))
	}
	kommun := town.ID(t, "hr", model.Organisation, "kommun")
	for _, field := range []string{`descendants(%s)`, `follow(path: "^parent|^parent/^organisation", %s)`, `neighbourhood(depth: 2, %s)`} {
		ask := func(arguments string) (found []string, next bool, cursor string) {
			query := fmt.Sprintf(`{ organisation(id: %q) { p: %s { totalCount nodes { id } pageInfo { hasNextPage endCursor } } } }`, kommun, fmt.Sprintf(field, arguments))
			resp := executor(town).Execute(t.Context(), town.View(steward), gql.Request{Query: query})
			if resp.Errors != nil {
				t.Fatal(resp.Errors)
			}
			var got struct {
				Organisation struct {
					P struct {
						TotalCount int
						PageInfo   struct {
							HasNextPage bool
							EndCursor   string
						}
					}
				}
			}
			if err := json.Unmarshal(resp.Data, &got); err != nil {
				t.Fatal(err)
			}
			p := got.Organisation.P
			if found = ids(t, resp.Data); p.TotalCount < len(found) {
				t.Errorf("%s: %d of %d", field, len(found), p.TotalCount)
			}
			return found, p.PageInfo.HasNextPage, p.PageInfo.EndCursor
		}
		whole, more, _ := ask("first: 1000")
		if len(whole) < 8 || more {
			t.Fatalf("%s: %d in all, and more: %t", field, len(whole), more)
		}
		var pages []string
		after := ""
		for n := 0; ; n++ {
			page, next, cursor := ask(fmt.Sprintf("first: 3, after: %q", after))
			pages = append(pages, page...)
			if after = cursor; !next || n > len(whole) {
				break
			}
		}
		if !slices.Equal(whole, pages) {
			t.Errorf("%s: in one page\n%v\nin pages of three\n%v", field, whole, pages)
		}
	}
}

// TestAWalkThatWouldTakeTooMuchIsAnError: with a code and a path, and nothing of
// its answer.
func TestAWalkThatWouldTakeTooMuchIsAnError(t *testing.T) {
	town := gqltest.New(t)
	for i := range 5 {
		town.DeliverUnit(t, fmt.Sprintf("unit-%d", i))
	}
	kommun, school := town.ID(t, "hr", model.Organisation, "kommun"), town.ID(t, "hr", model.Organisation, "school")
	queries := map[string]string{
		"descendants":   fmt.Sprintf(`{ organisation(id: %q) { w: descendants { totalCount } } }`, kommun),
		"follow":        fmt.Sprintf(`{ w: follow(from: %q, path: "^parent/^organisation/holder") { totalCount } }`, kommun),
		"neighbourhood": fmt.Sprintf(`{ w: neighbourhood(id: %q, depth: 3) { totalCount } }`, kommun),
		"path":          fmt.Sprintf(`{ w: path(from: %q, to: %q) { length } }`, town.ID(t, "hr", model.Role, "bo-employment"), school),
	}
	for what, limits := range map[string]walk.Limits{"lookups": {Lookups: 1}, "quads": {Quads: 1}, "results": {Results: 1}, "time": {Time: -1}} {
		x := gql.New(gql.Options{Clock: town.Clock.Now, Log: testkit.Log(t), Limits: gql.Limits{Walk: limits}})
		for name, query := range queries {
			resp := x.Execute(t.Context(), town.View(steward), gql.Request{Query: query})
			if len(resp.Errors) != 1 || resp.Errors[0].Extensions["code"] != gql.CodeLimit || !strings.HasSuffix(resp.Errors[0].Path.String(), "w") {
				t.Errorf("%s with too little of %s: %v %s", name, what, resp.Errors, resp.Data)
				continue
			}
			if !strings.Contains(resp.Errors[0].Message, what) || strings.Contains(string(resp.Data), "totalCount") || strings.Contains(string(resp.Data), "length") {
				t.Errorf("%s with too little of %s: %v %s", name, what, resp.Errors, resp.Data)
			}
		}
	}
}

// TestWalksOfAThousandAreRefusedBeforeAnyBegins: a walk costs what it may read.
func TestWalksOfAThousandAreRefusedBeforeAnyBegins(t *testing.T) {
	town := gqltest.New(t)
	for query, refused := range map[string]bool{
		`{ organisations(first: 1000) { nodes { descendants(first: 1) { totalCount } } } }`:            true,
		`{ organisations(first: 1000) { nodes { follow(path: "parent", first: 1) { totalCount } } } }`: true,
		`{ organisations(first: 1000) { nodes { neighbourhood(first: 1) { totalCount } } } }`:          true,
		`{ organisations(first: 20) { nodes { descendants(first: 1) { totalCount } } } }`:              false,
	} {
		resp := executor(town).Execute(t.Context(), town.View(steward), gql.Request{Query: query})
		if got := len(resp.Errors) == 1 && resp.Errors[0].Extensions["code"] == gql.CodeLimit && resp.Data == nil; got != refused {
			t.Errorf("%s: refused %t: %v", query, got, resp.Errors)
		}
	}
}

// Snapshot counts what is asked of one state, too.
func (c counting) Snapshot(ctx context.Context) (graph.Reader, func(), error) {
	r, release, err := c.Store.Snapshot(ctx)
	return countingReader{r, c.reads}, release, err
}

type countingReader struct {
	graph.Reader
	reads *atomic.Int64
}

func (c countingReader) Goldens(ctx context.Context, ids []model.EntityID, parts graph.Parts) ([]graph.Golden, error) {
	c.reads.Add(1)
	return c.Reader.Goldens(ctx, ids, parts)
}

func (c countingReader) Referrers(ctx context.Context, to []model.EntityID, properties []model.PropertyID, seen model.Disclosure) iter.Seq2[graph.Link, error] {
	c.reads.Add(1)
	return c.Reader.Referrers(ctx, to, properties, seen)
}

// TestReadsOfAWalkDoNotGrowWithItsAnswer: over ten times the records a walk, a
// path and what is selected below ask the store about as often.
func TestReadsOfAWalkDoNotGrowWithItsAnswer(t *testing.T) {
	town := gqltest.New(t)
	kommun := town.ID(t, "hr", model.Organisation, "kommun")
	queries := map[string]string{
		"descendants":   `{ organisation(id: %q) { descendants(first: 1000) { nodes { name { text } parent { target { id } } roles(first: 2) { nodes { title holder { familyName } } } } } } }`,
		"follow":        `{ follow(from: %q, path: "^parent/^organisation/holder", first: 1000) { nodes { ... on Person { familyName roles(first: 1) { nodes { title } } } } } }`,
		"neighbourhood": `{ neighbourhood(id: %q, via: ["organisation.parent", "role.organisation"], depth: 2, first: 1000) { edges { links { from { ... on Organisation { municipality { id } } } to { id } } } } }`,
	}
	ask := func(query string) int64 {
		var n atomic.Int64
		a := access.New(access.Deps{Store: counting{town.Store, &n}, BaseIRI: gqltest.Base, Clock: town.Clock.Now})
		resp := executor(town).Execute(t.Context(), a.View(steward), gql.Request{Query: fmt.Sprintf(query, kommun)})
		if resp.Errors != nil {
			t.Fatalf("%s: %v", query, resp.Errors)
		}
		return n.Load()
	}
	before := map[string]int64{}
	for name, q := range queries {
		before[name] = ask(q)
	}
	for i := range 60 {
		town.DeliverUnit(t, fmt.Sprintf("unit-%03d", i))
	}
	for name, q := range queries {
		// What is followed reads ahead in growing numbers, a few lookups more.
		if after := ask(q); after > before[name]+12 {
			t.Errorf("%s: %d reads over a small registry and %d over a large one", name, before[name], after)
		}
	}
}

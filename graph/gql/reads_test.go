package gql_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
)

// counting counts what is asked of a store.
type counting struct {
	graph.Store
	reads *atomic.Int64
}

func (c counting) Goldens(ctx context.Context, ids []model.EntityID, parts graph.Parts) ([]graph.Golden, error) {
	c.reads.Add(1)
	return c.Store.Goldens(ctx, ids, parts)
}

func (c counting) List(ctx context.Context, q graph.ListQuery) iter.Seq2[graph.Golden, error] {
	c.reads.Add(1)
	return c.Store.List(ctx, q)
}

func (c counting) Find(ctx context.Context, q graph.FindQuery) iter.Seq2[graph.Golden, error] {
	c.reads.Add(1)
	return c.Store.Find(ctx, q)
}

func (c counting) Referrers(ctx context.Context, to []model.EntityID, properties []model.PropertyID, seen model.Disclosure) iter.Seq2[graph.Link, error] {
	c.reads.Add(1)
	return c.Store.Referrers(ctx, to, properties, seen)
}

func (c counting) GoldenHistories(ctx context.Context, ids []model.EntityID, parts graph.Parts) ([][]graph.Golden, error) {
	c.reads.Add(1)
	return c.Store.GoldenHistories(ctx, ids, parts)
}

func (c counting) GoldenHistory(ctx context.Context, id model.EntityID, parts graph.Parts) iter.Seq2[graph.Golden, error] {
	c.reads.Add(1)
	return c.Store.GoldenHistory(ctx, id, parts)
}

func (c counting) HeadsByID(ctx context.Context, ids []model.EntityID) ([]graph.Head, error) {
	c.reads.Add(1)
	return c.Store.HeadsByID(ctx, ids)
}

func (c counting) RevisionInfos(ctx context.Context, revisions []model.Revision) ([]graph.RevisionInfo, error) {
	c.reads.Add(1)
	return c.Store.RevisionInfos(ctx, revisions)
}

func (c counting) At(ctx context.Context, r model.Revision) (graph.Past, error) {
	past, err := c.Store.At(ctx, r)
	return countingPast{past, c.reads}, err
}

// countingPast counts what is asked of a revision.
type countingPast struct {
	graph.Past
	reads *atomic.Int64
}

func (c countingPast) Goldens(ctx context.Context, ids []model.EntityID, parts graph.Parts) ([]graph.Golden, error) {
	c.reads.Add(1)
	return c.Past.Goldens(ctx, ids, parts)
}

func (c countingPast) List(ctx context.Context, q graph.ListQuery) iter.Seq2[graph.Golden, error] {
	c.reads.Add(1)
	return c.Past.List(ctx, q)
}

// TestReadsDoNotGrowWithTheAnswer: the same query over ten times the records
// asks the store as often (no N+1).
func TestReadsDoNotGrowWithTheAnswer(t *testing.T) {
	queries := map[string]string{
		"links forward":      `{ roles(first: 1000) { nodes { title organisation { name { text } parent { target { name { text } } } } employer { municipality { name { text } } } } } }`,
		"links back":         `{ organisations(first: 1000) { nodes { name { text } roles(first: 5) { edges { node { title holder { familyName } } } } } } }`,
		"links back in turn": `{ organisations(first: 1000) { nodes { children(first: 3) { nodes { roles(first: 5) { nodes { holder { roles(first: 2) { nodes { title } } } } } } } } } }`,
		"codes":              `{ roles(first: 1000) { nodes { roleType { label concept { broader { target { notation } } } } } } }`,
		"search":             `{ search(text: "handl", first: 50) { nodes { id ... on Role { title organisation { name { text } } } } } }`,
		"revisions":          `{ organisations(first: 1000) { nodes { revision } } }`,
		"as of":              `{ roles(first: 1000, asOf: {revision: «now»}) { nodes { title roleType { label } organisation { name { text } parent { target { name { text } } } } } } }`,
		"differences":        `{ differences(from: {revision: 1}, first: 1000) { nodes { kind after { ... on Role { organisation { name { text } } } } changes { property after { value { ... on LinkValue { target { id } } ... on Code { label } } } } } } }`,
		"fragments":          `{ roles(first: 1000) { nodes { ...r } } } fragment r on Role { holder { ...p } organisation { ... on Organisation { legalEntity { name { text } } } } } fragment p on Person { roles(first: 1) { nodes { title } } }`,
	}
	town := gqltest.New(t)
	ask := func(query string) (reads int64) {
		var n atomic.Int64
		a := access.New(access.Deps{Store: counting{town.Store, &n}, BaseIRI: gqltest.Base, Auditor: access.Unaudited, Clock: town.Clock.Now})
		now, err := town.Store.Revision(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		resp := executor(town).Execute(t.Context(), a.View(steward), gql.Request{Query: strings.ReplaceAll(query, "«now»", fmt.Sprint(now))})
		if resp.Errors != nil {
			t.Fatalf("%s: %v", query, resp.Errors)
		}
		return n.Load()
	}
	before := map[string]int64{}
	for name, q := range queries {
		before[name] = ask(q)
	}
	for i := range 100 {
		town.DeliverUnit(t, fmt.Sprintf("unit-%03d", i))
	}
	for name, q := range queries {
		// A page that what is hidden has left short takes another read or two.
		if after := ask(q); after > before[name]+3 {
			t.Errorf("%s: %d reads over a small registry and %d over a large one", name, before[name], after)
		}
	}
}

func TestAPageCanBeWalkedToItsEnd(t *testing.T) {
	town := gqltest.New(t)
	for i := range 7 {
		town.DeliverUnit(t, fmt.Sprintf("unit-%03d", i))
	}
	type connection struct {
		Edges []struct {
			Cursor string
			Node   struct{ ID string }
		}
		PageInfo struct {
			HasNextPage, HasPreviousPage bool
			StartCursor, EndCursor       string
		}
	}
	walk := func(name, query string, pick func(data map[string]connection) connection) {
		t.Run(name, func(t *testing.T) {
			seen := map[string]bool{}
			cursor := ""
			for pages := 0; ; pages++ {
				if pages > 20 {
					t.Fatal("the pages do not end")
				}
				var data map[string]connection
				var nested map[string]map[string]connection
				q := fmt.Sprintf(query, cursor)
				if name == "links back" {
					if codes := ask(t, town, steward, q, &nested); codes != nil {
						t.Fatalf("%s: %v", q, codes)
					}
					data = nested["organisation"]
				} else if codes := ask(t, town, steward, q, &data); codes != nil {
					t.Fatalf("%s: %v", q, codes)
				}
				c := pick(data)
				for _, e := range c.Edges {
					if seen[e.Node.ID] {
						t.Errorf("%s comes twice", e.Node.ID)
					}
					seen[e.Node.ID] = true
				}
				if len(c.Edges) > 0 && (c.Edges[0].Cursor != c.PageInfo.StartCursor || c.Edges[len(c.Edges)-1].Cursor != c.PageInfo.EndCursor) {
					t.Errorf("the page's cursors are not its rows': %+v", c)
				}
				if !c.PageInfo.HasNextPage {
					break
				}
				if len(c.Edges) != 3 {
					t.Errorf("a page that is not the last has %d rows, want 3", len(c.Edges))
				}
				cursor = `, after: "` + c.PageInfo.EndCursor + `"`
			}
			if want := map[string]int{"list": 10, "search": 7, "links back": 9}[name]; len(seen) != want {
				t.Errorf("the pages have %d things, want %d", len(seen), want)
			}
		})
	}
	const rows = `{ edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`
	walk("list", `{ organisations(first: 3%s) `+rows+` }`, func(d map[string]connection) connection { return d["organisations"] })
	walk("search", `{ organisations(first: 3, search: "enhet"%s) `+rows+` }`, func(d map[string]connection) connection { return d["organisations"] })
	walk("links back", `{ organisation(id: "«hr/organisation/kommun»") { children(first: 3, hierarchy: "line"%s) `+rows+` } }`,
		func(d map[string]connection) connection { return d["children"] })
}

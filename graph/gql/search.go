package gql

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
)

// SearchConnection is a page of what a search found.
type SearchConnection struct {
	page
	suggested []string
}

// SearchEdge is one row of what a search found.
type SearchEdge struct {
	Cursor string
	Node   GoldenRecord
}

// Nodes are the records.
func (c *SearchConnection) Nodes() []GoldenRecord {
	out := make([]GoldenRecord, len(c.items))
	for i, e := range c.items {
		out[i] = c.q.wrap(e)
	}
	return out
}

// Edges are the records with their cursors.
func (c *SearchConnection) Edges() []SearchEdge {
	out := make([]SearchEdge, len(c.items))
	for i, e := range c.items {
		out[i] = SearchEdge{c.cursors[i], c.q.wrap(e)}
	}
	return out
}

// DidYouMean are other spellings, when nothing was found.
func (c *SearchConnection) DidYouMean() []string { return c.suggested }

// defaultHits is how many hits a search gives when it is not said.
const defaultHits = 20

// Search finds things of all kinds.
func (r *queryResolver) Search(ctx context.Context, text string, kinds []model.Kind, after *string, first *int, validAt *model.Date, asOf *AsOf) (*SearchConnection, error) {
	q, err := r.queryAt(ctx, validAt, asOf)
	if err != nil {
		return nil, err
	}
	asked := access.Everywhere{Text: text, Kinds: kinds, First: defaultHits, After: deref(after)}
	if first != nil {
		asked.First = *first
	}
	found, err := q.view.SearchEverywhere(ctx, asked)
	if err != nil {
		return nil, err
	}
	c := &SearchConnection{page: page{q: q, items: found.Items, cursors: found.Cursors, info: pageInfo(found.Cursors, found.HasNext, found.HasPrevious)}}
	if len(found.Items) == 0 && after == nil && selects(ctx, "didYouMean") {
		if c.suggested, err = q.view.DidYouMean(ctx, text, kinds); err != nil {
			return nil, err
		}
	}
	return c, q.aheadOfPage(ctx, found.Items)
}

// selects tells whether a field is selected of what is being answered.
func selects(ctx context.Context, name string) bool {
	for _, f := range graphql.CollectFields(graphql.GetOperationContext(ctx), selected(ctx), nil) {
		if f.Name == name {
			return true
		}
	}
	return false
}

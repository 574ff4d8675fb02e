package gql

import (
	"context"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
)

// maxCachedQuery is the longest query that is kept, so that the cache is
// bounded in bytes as well as in number.
const maxCachedQuery = 16 << 10

// queryCache keeps parsed and validated queries. When it is full, any one of
// them makes room: programs ask the same few queries over and over, and a
// stream of new ones must not be worth more than a parse each.
type queryCache struct {
	size int
	mu   sync.RWMutex
	docs map[string]*ast.QueryDocument
}

func newQueryCache(size int) *queryCache {
	return &queryCache{size: size, docs: make(map[string]*ast.QueryDocument)}
}

// Get is the query's document, if it is kept.
func (c *queryCache) Get(_ context.Context, query string) (*ast.QueryDocument, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	doc, ok := c.docs[query]
	return doc, ok
}

// Add keeps a query's document.
func (c *queryCache) Add(_ context.Context, query string, doc *ast.QueryDocument) {
	if len(query) > maxCachedQuery {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, have := c.docs[query]; !have && len(c.docs) >= c.size {
		for any := range c.docs {
			delete(c.docs, any)
			break
		}
	}
	c.docs[query] = doc
}

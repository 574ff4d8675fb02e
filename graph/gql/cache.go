package gql

import (
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
)

// maxCachedQuery is the longest query that is kept, so that the cache is
// bounded in bytes as well as in number.
const maxCachedQuery = 16 << 10

// queryCache keeps parsed and validated queries, and the plans of those that
// have one. When it is full, any one of them makes room: programs ask the same
// few queries over and over, and a stream of new ones must not be worth more
// than a parse each.
type queryCache struct {
	limits  Limits
	mu      sync.RWMutex
	queries map[string]cached
}

type cached struct {
	text  string
	doc   *ast.QueryDocument
	plans *plans // nil for a query that the executor answers
}

func newQueryCache(limits Limits) *queryCache {
	return &queryCache{limits: limits, queries: make(map[string]cached)}
}

// text is a query as a string: the one that is kept, if it is.
func (c *queryCache) text(query []byte) string {
	c.mu.RLock()
	q, ok := c.queries[string(query)]
	c.mu.RUnlock()
	if !ok {
		return string(query)
	}
	return q.text
}

// get is what is kept of a query, if it is.
func (c *queryCache) get(query string) (cached, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	q, ok := c.queries[query]
	return q, ok
}

// add keeps a query's document, which has been validated.
func (c *queryCache) add(query string, doc *ast.QueryDocument) {
	if len(query) > maxCachedQuery {
		return
	}
	q := cached{query, doc, plansOf(doc, c.limits)}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, have := c.queries[query]; !have && len(c.queries) >= c.limits.Cache {
		for any := range c.queries {
			delete(c.queries, any)
			break
		}
	}
	c.queries[query] = q
}

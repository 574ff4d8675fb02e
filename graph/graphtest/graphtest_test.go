package graphtest_test

import (
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/graphtest"
)

// TestReferenceConforms runs the suite on the contract itself: a test that the
// reference fails is a wrong test, or the reference is wrong.
func TestReferenceConforms(t *testing.T) {
	graphtest.Run(t, openReference, nil)
}

func BenchmarkReference(b *testing.B) { graphtest.Benchmark(b, openReference) }

func openReference(tb testing.TB) graph.Database {
	db := graphtest.NewReference()
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

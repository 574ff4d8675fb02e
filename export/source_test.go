package export_test

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/karna-registry/karna/export"
	"github.com/karna-registry/karna/graph/document/documenttest"
	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/model"
)

const base = "https://data.haninge.example"

type source = quads.Slice

// drawSource draws golden records of every kind in subject order.
func drawSource(t *rapid.T) source {
	goldens := rapid.SliceOfN(documenttest.AnyGolden(), 0, 4).Draw(t, "goldens")
	slices.SortFunc(goldens, func(a, b *model.Golden) int {
		return cmp.Or(strings.Compare(a.Kind.String(), b.Kind.String()), a.ID.Compare(b.ID))
	})
	goldens = slices.CompactFunc(goldens, func(a, b *model.Golden) bool { return a.ID == b.ID && a.Kind == b.Kind })
	var s source
	for _, g := range goldens {
		s = quads.AppendGolden(s, base, g)
	}
	return s
}

// drawGraphs draws records as named graphs.
func drawGraphs(t *rapid.T) source {
	var s source
	for i := range rapid.IntRange(1, 3).Draw(t, "records") {
		rec := documenttest.Record().Draw(t, "record")
		s = quads.AppendRecord(s, base, quads.RecordInfo{ID: model.EntityID{byte(i + 1)}, Golden: model.EntityID{9}, Source: "payroll", Kind: kindOf(rec), Revision: 3,
			Resolve: func(model.Reference) (model.EntityID, bool) { return model.EntityID{7}, true }}, rec)
	}
	return s
}

func run(t testing.TB, s source, f export.Format, opts export.Options) string {
	t.Helper()
	var out bytes.Buffer
	stats, err := export.Run(context.Background(), s, &out, f, opts)
	if err != nil {
		t.Fatal(err)
	}
	if stats.Bytes != int64(out.Len()) || stats.Quads != int64(len(s)) {
		t.Fatalf("stats %+v of %d bytes and %d quads", stats, out.Len(), len(s))
	}
	return out.String()
}

package model_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/karna-registry/karna/model"
)

func TestNeighboursOfAnID(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var id model.EntityID
		copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		next := id.Next()
		if !next.IsZero() && (next.Compare(id) <= 0 || next.Previous() != id) {
			t.Fatalf("after %x comes %x", id, next)
		}
	})
	last := model.EntityID(bytes.Repeat([]byte{0xff}, 16))
	if !last.Next().IsZero() || !(model.EntityID{}).Previous().IsZero() {
		t.Error("the ends are not what they are")
	}
}

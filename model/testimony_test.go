package model_test

import (
	"testing"

	"github.com/karna-registry/karna/model"
)

func TestATestimonyHasThePropertiesOfItsWords(t *testing.T) {
	said := model.Testimony{}
	for _, p := range []model.PropertyID{2, 2, 2, 5, 7, 7} {
		said.Words = append(said.Words, model.Word{GoldenValue: model.GoldenValue{Property: p}})
	}
	for p, want := range []bool{2: true, 5: true, 7: true, 8: false} {
		if got := said.Has(model.PropertyID(p)); got != want {
			t.Errorf("of property %d something is said: %t", p, got)
		}
	}
	if (&model.Testimony{}).Has(2) {
		t.Error("of nothing something is said")
	}
}

package model_test

import (
	"testing"

	"github.com/karna-registry/karna/model"
)

// What every delivered record pays: one personal number parsed, one local id
// looked at.
func BenchmarkIdentifier(b *testing.B) {
	b.Run("personnummer", func(b *testing.B) {
		for b.Loop() {
			if _, err := model.ParsePersonalNumber("900101-9802", delivered); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("local id", func(b *testing.B) {
		for b.Loop() {
			if model.ContainsPersonal("fa592db1-912b-57fe-8cf6-df5f81522f01") {
				b.Fatal("looks personal")
			}
		}
	})
}

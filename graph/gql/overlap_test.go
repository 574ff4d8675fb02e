package gql

import (
	"fmt"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
)

func TestWhatWouldBeComparedIsBounded(t *testing.T) {
	nested := func(n, m int) string {
		return "{" + strings.Repeat(" a {"+strings.Repeat(" b", m)+" }", n) + " }"
	}
	fragments := func(n int) string {
		q := "{ ...f0 }"
		for i := range n {
			q += fmt.Sprintf(" fragment f%d on Query { a ...f%d b ...f%d }", i, i+1, i+1)
		}
		return q + fmt.Sprintf(" fragment f%d on Query { c }", n)
	}
	aliases := "{"
	for i := range 400 {
		aliases += fmt.Sprintf(" a%d: person(id: 1) { id name }", i)
	}
	for _, test := range []struct {
		name, query string
		want        bool
	}{
		{"each name once", aliases + "}", false},
		{"a name a hundred times", "{" + strings.Repeat(" a", 100) + " }" + strings.Repeat(" ", harmless), false},
		{"a name a thousand times", "{" + strings.Repeat(" a", 1000) + " }", true},
		{"by an alias", "{" + strings.Repeat(" a: b", 1000) + " }", true},
		{"in fragments", "{" + strings.Repeat(" ... { a }", 1000) + " }", true},
		{"spread", "{" + strings.Repeat(" ...f", 1000) + " } fragment f on Query { a }", true},
		{"in a fragment that nobody spreads", "{ a } fragment f on Query {" + strings.Repeat(" a", 1000) + " }", true},
		{"below each other, few", nested(20, 20), false},
		{"below each other, many", nested(60, 60), true},
		{"fragments that double, few", fragments(3) + strings.Repeat(" ", harmless), false},
		{"fragments that double, many", fragments(20), true},
		{"fragments in a ring", "{ ...a } fragment a on Query { x ...b } fragment b on Query { ...a }" + strings.Repeat(" ", harmless), false},
		{"no query", strings.Repeat("}", 1000), false},
	} {
		err := overlaps{newQueryCache(Limits{}.withDefaults()), 5000}.MutateOperationParameters(t.Context(), &graphql.RawParams{Query: test.query})
		if got := err != nil && err.Extensions["code"] == CodeLimit; got != test.want {
			t.Errorf("%s is refused: %t, want %t: %v", test.name, got, test.want, err)
		}
	}
}

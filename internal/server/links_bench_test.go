package server_test

import (
	"strings"
	"testing"
)

// BenchmarkLinksHTTP are the questions that go over links and lists, of one
// caller: from a personal number over roles and organisation to its parent, 50
// organisations with 20 roles each and who holds them, and the first 20 persons
// whose names begin so. The engine and the size are as for
// BenchmarkPersonByIDHTTP, and so is what the CPU is of.
func BenchmarkLinksHTTP(b *testing.B) {
	g := loaded(b)
	address := listen(b, g.access)
	for _, ask := range []struct {
		name, query, variable string
		values                []string // of one length
		has                   string
	}{
		{
			"number to parent", `query($v: String!) { personByIdentifier(scheme: "personnummer", value: $v) { id givenName familyName
				roles(first: 20) { nodes { title organisation { name { text } parent { target { name { text } } } } } } } }`,
			"v", g.numbers, `"title"`,
		},
		{
			"50 organisations", `{ organisations(first: 50) { nodes { name { text }
				roles(first: 20) { nodes { title holder { givenName familyName } } } } } }`,
			"none", []string{noID}, `"holder"`,
		},
		{
			"name prefix", `query($v: String!) { persons(search: $v, first: 20) { nodes { id givenName familyName } pageInfo { hasNextPage endCursor } } }`,
			"v", []string{"an", "jo", "ka", "ni", "er", "la", "ol", "sv"}, `"endCursor"`,
		},
	} {
		b.Run(strings.ReplaceAll(ask.name, " ", "-"), func(b *testing.B) {
			c, value := newAsker(b, address, ask.query, ask.variable, ask.values[0])
			answer := func(i int) {
				copy(value, ask.values[i*7_919%len(ask.values)])
				if got, err := c.ask(); err != nil || strings.Contains(got, `"errors"`) || !strings.Contains(got, ask.has) {
					b.Fatalf("%s: %v", got, err)
				}
			}
			answer(0)
			b.ReportAllocs()
			start, n := cpu(b), 0
			for b.Loop() {
				n++
				answer(n)
			}
			b.ReportMetric(float64((cpu(b)-start).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
		})
	}
}

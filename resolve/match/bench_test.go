package match_test

import (
	"fmt"
	"testing"

	"github.com/karna-registry/karna/resolve/match"
)

func BenchmarkBuild(b *testing.B) {
	rows := town(2000)
	b.ReportAllocs()
	for b.Loop() {
		build(b, personSchema, rows)
	}
	b.ReportMetric(float64(len(rows)*b.N)/b.Elapsed().Seconds(), "records/s")
}

func BenchmarkWeigh(b *testing.B) {
	rows := town(2000)
	r := resolved(b, build(b, personSchema, rows), match.Options{})
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		r.Weigh(i%2000, (i*7+1)%2000)
		i++
	}
}

func BenchmarkResolve(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		table := build(b, personSchema, town(n))
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				resolved(b, table, match.Options{Workers: 2})
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

func BenchmarkPartition(b *testing.B) {
	const n = 60
	b.ReportAllocs()
	for b.Loop() {
		p := match.NewPartition(n, func(x, y int) float32 { return float32(10 - (x^y)&15) })
		for i := range n {
			for j := range i {
				if (i^j)&15 < 4 {
					p.Edge(j, i, float32(10-(i^j)&15))
				}
			}
		}
		p.Solve()
	}
}

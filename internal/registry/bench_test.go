package registry_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/ingest/csv"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/internal/testkit/synth"
)

func benchRecords() int {
	if n, err := strconv.Atoi(os.Getenv("KARNA_BENCH_RECORDS")); err == nil {
		return n
	}
	return 20_000
}

func BenchmarkFirstLoad(b *testing.B) {
	n := benchRecords()
	file := generated(b, synth.Options{Records: n})
	for b.Loop() {
		b.StopTimer()
		r := benchRegistry(b)
		b.StartTimer()
		start, cpu := time.Now(), cpuTime()
		d, err := r.Ingest(context.Background(), registry.Request{Source: "synth", Name: "first", Reader: bytes.NewReader(file.Bytes())})
		if err != nil || d.Counts.Added != int64(n) {
			b.Fatalf("%+v %v", d, err)
		}
		b.ReportMetric(float64(n)/time.Since(start).Seconds(), "records/s")
		b.ReportMetric(float64((cpuTime()-cpu).Microseconds())/float64(n), "cpu-µs/record")
		start, cpu = time.Now(), cpuTime()
		d, err = r.Ingest(context.Background(), registry.Request{Source: "synth", Name: "again", Reader: bytes.NewReader(file.Bytes())})
		if err != nil || d.Counts.Unchanged != int64(n) {
			b.Fatalf("%+v %v", d, err)
		}
		b.ReportMetric(float64(n)/time.Since(start).Seconds(), "unchanged/s")
		b.ReportMetric(float64((cpuTime()-cpu).Microseconds())/float64(n), "cpu-µs/unchanged")
	}
	runtime.KeepAlive(file)
}

func generated(b *testing.B, o synth.Options) *bytes.Buffer {
	b.Helper()
	var file bytes.Buffer
	if err := synth.Write(&file, o); err != nil {
		b.Fatal(err)
	}
	return &file
}

// benchRegistry is a registry on an empty store of the engine that the
// environment names.
func benchRegistry(b *testing.B) *registry.Registry {
	b.Helper()
	store := benchStore(b)
	keys, err := seal.Generate()
	if err != nil {
		b.Fatal(err)
	}
	r, err := registry.New(registry.Options{
		Store: store, Keys: keys,
		Sources: []registry.Source{{Name: "synth", Authority: "KS", Format: csv.Format{}, Full: true, Mapping: []byte(synth.Mapping)}},
	})
	if err != nil {
		b.Fatal(err)
	}
	return r
}

func benchStore(b *testing.B) graph.Store {
	b.Helper()
	open := openSQLite
	if os.Getenv("KARNA_BENCH_ENGINE") == "postgres" {
		open = openPostgres
	}
	db := open(b)
	store, err := db.CreateTenant(context.Background(), "9901")
	if err != nil {
		b.Fatal(err)
	}
	return store
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkOneChange delivers one changed row at a time, each as a delta of its
// own.
func BenchmarkOneChange(b *testing.B) {
	n := benchRecords()
	file := generated(b, synth.Options{Records: n})
	r := benchRegistry(b)
	if _, err := r.Ingest(b.Context(), registry.Request{Source: "synth", Name: "first", Reader: bytes.NewReader(file.Bytes())}); err != nil {
		b.Fatal(err)
	}
	var persons []string
	for line := range strings.Lines(file.String()) {
		if strings.HasPrefix(line, "P;") {
			persons = append(persons, line)
		}
	}
	cpu := cpuTime()
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		row := strings.Replace(persons[i*7919%len(persons)], "@", fmt.Sprintf(".%d@", i), 1)
		d, err := r.Ingest(b.Context(), registry.Request{Source: "synth", Name: "change.csv", Reader: strings.NewReader(synth.Header + row), Delta: true})
		if err != nil || d.Counts.Changed != 1 {
			b.Fatalf("%+v %v", d, err)
		}
	}
	b.ReportMetric(float64((cpuTime()-cpu).Microseconds())/float64(b.N), "cpu-µs/change")
}

// BenchmarkInPlace loads into a store whose first load is past, so that its
// indexes are in place, rows in an order unrelated to their references.
func BenchmarkInPlace(b *testing.B) {
	n := benchRecords()
	first, file := generated(b, synth.Options{Records: 1000}), generated(b, synth.Options{Records: n, Shuffled: true})
	for b.Loop() {
		b.StopTimer()
		r := benchRegistry(b)
		if _, err := r.Ingest(b.Context(), registry.Request{Source: "synth", Name: "first", Reader: bytes.NewReader(first.Bytes())}); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		start, cpu := time.Now(), cpuTime()
		d, err := r.Ingest(b.Context(), registry.Request{Source: "synth", Name: "more", Reader: bytes.NewReader(file.Bytes()), Delta: true})
		if err != nil || d.Counts.Added < int64(n)-1000 {
			b.Fatalf("%+v %v", d, err)
		}
		b.ReportMetric(float64(n)/time.Since(start).Seconds(), "records/s")
		b.ReportMetric(float64((cpuTime()-cpu).Microseconds())/float64(n), "cpu-µs/record")
	}
	runtime.KeepAlive(file)
}

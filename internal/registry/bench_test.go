package registry_test

import (
	"bytes"
	"context"
	"os"
	"runtime"
	"strconv"
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
	var file bytes.Buffer
	if err := synth.Write(&file, synth.Options{Records: n}); err != nil {
		b.Fatal(err)
	}
	open := openSQLite
	if os.Getenv("KARNA_BENCH_ENGINE") == "postgres" {
		open = openPostgres
	}
	for b.Loop() {
		b.StopTimer()
		r := benchRegistry(b, open(b))
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

func benchRegistry(b *testing.B, db graph.Database) *registry.Registry {
	b.Helper()
	store, err := db.CreateTenant(context.Background(), "9901")
	if err != nil {
		b.Fatal(err)
	}
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

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

package registry_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/karna-registry/karna/ingest/csv"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/internal/synth"
	"github.com/karna-registry/karna/model"
)

// municipalMapping reads synth's municipal persons, as one register that lists
// people twice.
const municipalMapping = `name: municipal
delimiter: ","
records:
  - kind: person
    key: id
    fields:
      - {column: personnummer, property: identifier, scheme: personnummer}
      - {column: fornamn, property: givenName}
      - {column: efternamn, property: familyName}
      - {column: fodelsedatum, property: birthDate}
      - {property: address, address: {use: post, street: gatuadress, postalCode: postnummer, locality: ort}}
      - {column: telefon, property: phone, contact: {medium: phone, use: work}}
      - {column: epost, property: email, contact: {medium: email, use: private}}
`

// municipality is a registry with the persons of a synthetic municipality, and the
// rows of more of them.
func municipality(b *testing.B, records, more int) (r *registry.Registry, header string, rows []string) {
	b.Helper()
	var file bytes.Buffer
	if _, err := synth.Write(synth.Output{Data: &file}, synth.Options{Set: "swedish", Records: records + more, Seed: 7}); err != nil {
		b.Fatal(err)
	}
	lines := strings.SplitAfter(file.String(), "\n")
	header, rows = lines[0], lines[1+records:1+records+more]
	keys, err := seal.Generate()
	if err != nil {
		b.Fatal(err)
	}
	r, err = registry.New(registry.Options{
		Store: benchStore(b), Keys: keys,
		Sources: []registry.Source{{Name: "municipal", Authority: "KS", Format: csv.Format{}, Mapping: []byte(municipalMapping)}},
	})
	if err != nil {
		b.Fatal(err)
	}
	take(b, r, strings.Join(lines[:1+records], ""), false)
	return r, header, rows
}

func take(b *testing.B, r *registry.Registry, text string, unmatched bool) {
	b.Helper()
	q := registry.Request{Source: "municipal", Name: "persons.csv", Reader: strings.NewReader(text), Delta: true, Unmatched: unmatched}
	if d, err := r.Ingest(context.Background(), q); err != nil || d.Counts.Quarantined > 0 {
		b.Fatalf("%+v %v", d, err)
	}
}

func resolvePersons(b *testing.B, r *registry.Registry, o registry.ResolveOptions) registry.Resolution {
	b.Helper()
	rep, err := r.Resolve(context.Background(), model.Person, o)
	if err != nil {
		b.Fatal(err)
	}
	return rep
}

// BenchmarkMatch matches new persons of a municipality of KARNA_BENCH_RECORDS that
// has been matched: one at a time, and a hundredth of them at once; and all of them
// again. What is measured is matching, without the delivery.
func BenchmarkMatch(b *testing.B) {
	n := benchRecords()
	r, header, rows := municipality(b, n, n/10+5000)
	resolvePersons(b, r, registry.ResolveOptions{})
	b.Run("whole", func(b *testing.B) {
		cpu := cpuTime()
		for b.Loop() {
			if rep := resolvePersons(b, r, registry.ResolveOptions{All: true}); !rep.Whole || rep.Records == 0 {
				b.Fatalf("%+v", rep)
			}
		}
		b.ReportMetric((cpuTime()-cpu).Seconds()/float64(b.N), "cpu-s/run")
	})
	next := 0
	some := func(b *testing.B, count int) {
		var took, cpu time.Duration
		var candidates int64
		for b.Loop() {
			if next+count > len(rows) {
				b.Fatalf("only %d more persons were made", len(rows))
			}
			b.StopTimer()
			take(b, r, header+strings.Join(rows[next:next+count], ""), true)
			next += count
			b.StartTimer()
			start, before := time.Now(), cpuTime()
			rep := resolvePersons(b, r, registry.ResolveOptions{})
			took, cpu = took+time.Since(start), cpu+cpuTime()-before
			if rep.Whole || rep.Changed != int64(count) {
				b.Fatalf("%+v", rep)
			}
			candidates += rep.Candidates
		}
		b.ReportMetric(float64(took.Microseconds())/1000/float64(b.N), "ms/run")
		b.ReportMetric(float64(cpu.Microseconds())/1000/float64(b.N*count), "cpu-ms/record")
		b.ReportMetric(float64(candidates)/float64(b.N*count), "pairs/record")
	}
	for _, count := range []int{1, n / 100} {
		b.Run(fmt.Sprint(count), func(b *testing.B) { some(b, count) })
	}
}

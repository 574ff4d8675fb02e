package ingesttest

import (
	"bytes"
	"os"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Reading is everything that a file says.
type Reading struct {
	Records map[string]model.Record // by kind and local id, such as "person 101"
	Places  []string                // of all items
	Refused []error                 // of items that could not be mapped
	Dropped map[string]int          // what mapped items held that is not taken
	Skipped map[string]int          // elements that are no items, of an ingest.Skipper
	Err     error                   // what ended the file before its end
}

// Read reads a file to its end, half of what is asked for at a time. An item
// with two records of one key fails the test; of several items' the last counts.
func Read(t testing.TB, f ingest.Format, input []byte, o ingest.Options) Reading {
	t.Helper()
	out := Reading{Records: map[string]model.Record{}, Dropped: map[string]int{}}
	d, err := f.Open(iotest.HalfReader(bytes.NewReader(input)), o)
	if err != nil {
		out.Err = err
		return out
	}
	for it, err := range d.Items() {
		if err != nil {
			out.Err = err
			break
		}
		out.Places = append(out.Places, it.Place)
		res, err := d.Map(it)
		if err != nil {
			out.Refused = append(out.Refused, err)
			continue
		}
		of := map[model.RecordKey]bool{}
		for _, r := range res.Records {
			if of[r.Key] {
				t.Errorf("%s: two records with the key %s", it.Place, r.Key)
			}
			of[r.Key] = true
			out.Records[r.Key.Kind.String()+" "+r.Key.LocalID] = r
		}
		for name, n := range res.Dropped {
			out.Dropped[name] += n
		}
	}
	if s, ok := d.(ingest.Skipper); ok {
		out.Skipped = s.Skipped()
	}
	return out
}

// File is a file's content.
func File(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path) // #nosec G304 -- a test's own
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Values are those that a record states of a property, in its order.
func Values(r model.Record, p model.PropertyID) []model.Value {
	var out []model.Value
	for _, s := range r.Statements {
		if s.Property == p {
			out = append(out, s.Value)
		}
	}
	return out
}

// WantValues fails the test unless a record states just these values.
func WantValues(t *testing.T, r model.Record, p model.PropertyID, want ...model.Value) {
	t.Helper()
	if diff := cmp.Diff(want, Values(r, p)); diff != "" {
		t.Errorf("%s, %s (-want +got):\n%s", r.Key, ontology.ByID(p).Name, diff)
	}
}

// WantIssues fails the test unless a record has just these issues, each as its
// place and code.
func WantIssues(t *testing.T, r model.Record, want ...string) {
	t.Helper()
	var got []string
	for _, i := range r.Issues {
		got = append(got, i.Place+": "+string(i.Code))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s, issues (-want +got):\n%s", r.Key, diff)
	}
}

// Valid is an identifier whose form and check digit are right.
func Valid(s model.Scheme, v string) model.Identifier {
	return model.Identifier{Scheme: s, Value: v, Status: model.IdentifierValid}
}

// ToKey refers to another record of a source.
func ToKey(source model.Source, kind model.Kind, id string) model.Reference {
	return model.Reference{Key: model.RecordKey{Source: source, Kind: kind, LocalID: id}, Kind: kind}
}

// MapsAgain fails the test unless items of a file are mapped alike by a
// delivery that is made of its context alone, but for their stamps.
func MapsAgain(t *testing.T, f interface {
	ingest.Format
	ingest.Reopener
}, input []byte, o ingest.Options) {
	t.Helper()
	d, err := f.Open(bytes.NewReader(input), o)
	if err != nil {
		t.Fatal(err)
	}
	var reopened ingest.Delivery
	for it, err := range d.Items() {
		if err != nil {
			t.Fatal(err)
		}
		if reopened == nil {
			if reopened, err = f.Reopen(d.Context(), o); err != nil {
				t.Fatal(err)
			}
		}
		want, wantErr := d.Map(it)
		got, gotErr := reopened.Map(it)
		for i := range got.Records {
			got.Records[i].Stamp = want.Records[i].Stamp
		}
		if diff := cmp.Diff(want, got); diff != "" || (wantErr == nil) != (gotErr == nil) {
			t.Errorf("%s (-first +again):\n%s%v, %v", it.Place, diff, wantErr, gotErr)
		}
	}
	if reopened == nil {
		t.Fatal("the file has no items")
	}
	for it, err := range reopened.Items() {
		t.Errorf("it has items: %v, %v", it, err)
	}
}

// BenchmarkSplit measures what a file's items cost, without their mapping.
func BenchmarkSplit(b *testing.B, f ingest.Format, input []byte, o ingest.Options, items int) {
	b.ReportAllocs()
	b.SetBytes(int64(len(input)))
	for b.Loop() {
		d, err := f.Open(bytes.NewReader(input), o)
		if err != nil {
			b.Fatal(err)
		}
		count := 0
		for _, err := range d.Items() {
			if err != nil {
				b.Fatal(err)
			}
			count++
		}
		if count != items {
			b.Fatalf("%d items, want %d", count, items)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(items), "ns/item")
}

// BenchmarkMap measures what mapping one item costs.
func BenchmarkMap(b *testing.B, d ingest.Delivery, item ingest.Item) {
	b.ReportAllocs()
	b.SetBytes(int64(len(item.Raw)))
	for b.Loop() {
		if _, err := d.Map(item); err != nil {
			b.Fatal(err)
		}
	}
}

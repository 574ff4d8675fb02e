package resolve_test

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
	"github.com/karna-registry/karna/resolve"
)

// number is a personnummer of someone born in the nineteenth century.
func number(n int) string {
	nine := fmt.Sprintf("%02d%02d%02d%03d", n/336%100, n/28%12+1, n%28+1, n%997+1)
	sum := 0
	for i, c := range []byte(nine) {
		d := int(c-'0') * (2 - i%2)
		sum += d/10 + d%10
	}
	return fmt.Sprintf("18%s%d", nine, (10-sum%10)%10)
}

func TestFixtureNumbersFollowTheRule(t *testing.T) {
	for n := range 2000 {
		if _, err := model.ParseIdentifier(model.Personnummer, number(n), model.Date{}); err != nil {
			t.Fatalf("fixture %d: %v", n, err)
		}
	}
}

func entity(n int) (id model.EntityID) {
	binary.BigEndian.PutUint64(id[8:], uint64(n)+1)
	return id
}

func hasher(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return h.Sum64()
}

// record is a live record under construction.
type record struct{ *model.Record }

func says(source model.Source, kind model.Kind, local string) record {
	return record{&model.Record{Key: model.RecordKey{Source: source, Kind: kind, LocalID: local}}}
}

func person(source model.Source, local string) record { return says(source, model.Person, local) }

func (r record) with(p model.PropertyID, v model.Value) record {
	return r.during(model.Period{}, p, v)
}

func (r record) during(period model.Period, p model.PropertyID, v model.Value) record {
	r.Statements = append(r.Statements, model.Statement{Property: p, Value: v, Period: period})
	return r
}

func (r record) named(given, family string) record {
	return r.with(ontology.PersonGivenName, text(given)).with(ontology.PersonFamilyName, text(family))
}

func (r record) born(date string) record { return r.with(ontology.PersonBirthDate, day(date)) }

func (r record) holds(s model.Scheme, value string) record {
	return r.with(identifierOf(r.Key.Kind), valid(s, value))
}

func (r record) held(s model.Scheme, value string) record {
	return r.with(identifierOf(r.Key.Kind), model.Identifier{Scheme: s, Value: value, Status: model.IdentifierReplaced})
}

func identifierOf(k model.Kind) model.PropertyID { return ontology.ByName(k, "identifier").ID }

func valid(s model.Scheme, value string) model.Identifier {
	return model.Identifier{Scheme: s, Value: value, Status: model.IdentifierValid}
}

func text(s string) model.Text { return model.Text{Text: s} }

func day(s string) model.Date {
	d, err := model.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// span is a period from "2010/2015", with nothing for an open end.
func span(from, to string) model.Period {
	var p model.Period
	if from != "" {
		p.From = day(from)
	}
	if to != "" {
		p.To = day(to)
	}
	return p
}

// subjects numbers records in the order given.
func subjects(records ...record) []resolve.Subject {
	out := make([]resolve.Subject, len(records))
	for i, r := range records {
		out[i] = resolve.Subject{ID: entity(i), Record: r.Record}
	}
	return out
}

// members numbers records in the order given; the stamp is the record's own.
func members(records ...record) []resolve.Member {
	out := make([]resolve.Member, len(records))
	for i, s := range subjects(records...) {
		stamp := int64(0)
		if !s.Record.Stamp.IsZero() {
			stamp = s.Record.Stamp.UnixMilli()
		}
		out[i] = resolve.Member{Subject: s, Source: s.Record.Key.Source, Stamp: stamp}
	}
	return out
}

// clusters are a partition's clusters by record, for comparison.
func clusters(subjects []resolve.Subject, p resolve.Partition) [][]model.EntityID {
	out := make([][]model.EntityID, len(p.Clusters))
	for i, c := range p.Clusters {
		for _, at := range c {
			out[i] = append(out[i], subjects[at].ID)
		}
	}
	return out
}

func ids(ns ...int) []model.EntityID {
	out := make([]model.EntityID, len(ns))
	for i, n := range ns {
		out[i] = entity(n)
	}
	return out
}

func shuffled[T any](seed uint64, in []T) []T {
	out := slices.Clone(in)
	rand.New(rand.NewPCG(seed, 1)).Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

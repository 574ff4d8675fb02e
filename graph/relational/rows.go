package relational

import (
	"context"
	"math"
	"time"
	"unsafe"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// all runs a statement without keys and reads every row.
func all[T any](ctx context.Context, s Session, st *Statement, args func(Writer), scan func(Rows) T) ([]T, error) {
	rows, err := s.Query(ctx, st, args)
	if err != nil {
		return nil, err
	}
	var out []T
	for rows.Next() {
		out = append(out, scan(rows))
	}
	return out, rows.Close()
}

// one runs a statement without keys and reads its first row.
func one[T any](ctx context.Context, s Session, st *Statement, args func(Writer), scan func(Rows) T) (v T, found bool, err error) {
	rows, err := s.Query(ctx, st, args)
	if err != nil {
		return v, false, err
	}
	if rows.Next() {
		v, found = scan(rows), true
	}
	return v, found, rows.Close()
}

// lookup runs a statement for each key and gives its rows to scan.
func lookup(ctx context.Context, s Session, st *Statement, args func(Writer), n int, key func(int, Writer), scan func(Rows)) error {
	if n == 0 {
		return nil
	}
	rows, err := s.Lookup(ctx, st, args, n, key)
	if err != nil {
		return err
	}
	for rows.Next() {
		scan(rows)
	}
	return rows.Close()
}

// each runs a changing statement for each key.
func each(ctx context.Context, s Session, st *Statement, args func(Writer), n int, key func(int, Writer)) error {
	if n == 0 {
		return nil
	}
	return s.ExecEach(ctx, st, args, n, key)
}

func writeID(w Writer, id model.EntityID) {
	if id.IsZero() {
		w.Null()
		return
	}
	w.ID(id)
}

func writeHash(w Writer, h graph.Hash) {
	if h.IsZero() {
		w.Null()
		return
	}
	w.ID(h)
}

func writeBool(w Writer, b bool) {
	if b {
		w.Int(1)
		return
	}
	w.Int(0)
}

// writeDoc keeps nil and empty apart.
func writeDoc(w Writer, b []byte) {
	if b == nil {
		w.Null()
		return
	}
	w.Bytes(b)
}

// readID is the zero id for NULL.
func readID(r Rows, col int) model.EntityID {
	if r.Null(col) {
		return model.EntityID{}
	}
	return r.ID(col)
}

func readHash(r Rows, col int) graph.Hash {
	if r.Null(col) {
		return graph.Hash{}
	}
	return r.ID(col)
}

// readBytes copies; empty and NULL are nil.
func readBytes(r Rows, col int) []byte {
	b := r.Bytes(col)
	if len(b) == 0 {
		return nil
	}
	return append(make([]byte, 0, len(b)), b...)
}

// readDoc copies and keeps nil and empty apart.
func readDoc(r Rows, col int) []byte {
	if r.Null(col) {
		return nil
	}
	return append([]byte{}, r.Bytes(col)...)
}

// bytesOf is the string's memory: a Writer neither keeps nor changes it.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// noTime stands for the zero time.Time, which has no Unix nanoseconds.
const noTime = math.MinInt64

func writeTime(w Writer, t time.Time) {
	if t.IsZero() {
		w.Int(noTime)
		return
	}
	w.Int(t.UnixNano())
}

func readTime(r Rows, col int) time.Time {
	n := r.Int(col)
	if n == noTime {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

// signed maps unsigned keys to signed ones in the same order.
func signed(key uint64) int64 { return int64(key ^ 1<<63) }

func unsigned(key int64) uint64 { return uint64(key) ^ 1<<63 }

// packPeriod puts a period in 64 bits: 16 for a year, 4 for a month and 5 for
// a day, twice. The unbounded period is 0.
func packPeriod(p model.Period) int64 {
	return int64(uint64(packDate(p.From))<<32 | uint64(packDate(p.To)))
}

func packDate(d model.Date) uint32 {
	return uint32(uint16(d.Year))<<9 | uint32(d.Month&15)<<5 | uint32(d.Day&31)
}

func unpackPeriod(n int64) model.Period {
	return model.Period{From: unpackDate(uint32(uint64(n) >> 32)), To: unpackDate(uint32(n))}
}

func unpackDate(n uint32) model.Date {
	return model.Date{Year: int16(n >> 9), Month: uint8(n >> 5 & 15), Day: uint8(n & 31)}
}

// closedRank is how an unclassified disclosure is stored: narrower than any
// class that a query can ask for.
const closedRank = 5

func rank(d model.Disclosure) int64 { return int64(d.Rank()) }

func disclosure(rank int64) model.Disclosure {
	if rank == closedRank {
		return model.Unclassified
	}
	return model.Disclosure(rank)
}

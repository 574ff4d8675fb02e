package document

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/karna-registry/karna/model"
)

// firstProperty is the lowest property number: below it are the fields of the
// record itself.
const firstProperty = 100

// Valid tells whether a value can be stored under a property. What cannot is
// left out of documents, so whoever makes values checks and reports it first.
func Valid(property model.PropertyID, v model.Value) error {
	// protobuf keeps 19000–19999 for itself.
	if n := protowire.Number(property); n < firstProperty || n >= protowire.FirstReservedNumber && n <= protowire.LastReservedNumber {
		return fmt.Errorf("property %d: want a number of the ontology's table", property)
	}
	if v == nil {
		return fmt.Errorf("property %d has no value", property)
	}
	if !finite(v) {
		return fmt.Errorf("property %d: want a finite number", property)
	}
	return nil
}

func finite(v model.Value) bool {
	switch v := v.(type) {
	case model.Number:
		return !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0)
	case model.Geometry:
		return !math.IsNaN(v.Lon+v.Lat) && !math.IsInf(v.Lon, 0) && !math.IsInf(v.Lat, 0)
	}
	return true
}

// AppendRecord appends a record's document: everything but its Key and Deleted,
// which its head and version hold.
func AppendRecord(dst []byte, r *model.Record) []byte {
	if !r.Stamp.IsZero() {
		dst = protowire.AppendVarint(protowire.AppendTag(dst, 1, protowire.VarintType), protowire.EncodeZigZag(r.Stamp.Unix()))
		dst = appendUint(dst, 2, uint64(r.Stamp.Nanosecond()))
	}
	dst = appendUint(dst, 3, uint64(r.Disclosure))
	dst = appendDate(dst, 4, r.Period.From)
	dst = appendDate(dst, 5, r.Period.To)
	for i := range r.Issues {
		dst = appendIssue(dst, &r.Issues[i])
	}
	for i := range r.Statements {
		s := &r.Statements[i]
		if Valid(s.Property, s.Value) == nil {
			dst = appendValue(dst, formRecord, protowire.Number(s.Property), s.Value, s.Original, s.Period)
		}
	}
	return dst
}

func appendIssue(dst []byte, i *model.Issue) []byte {
	dst, mark := open(dst, 6)
	dst = appendUint(dst, 1, uint64(i.Property))
	dst = appendString(dst, 2, i.Place)
	dst = appendString(dst, 3, string(i.Code))
	dst = appendString(dst, 4, i.Text)
	dst = appendUint(dst, 5, uint64(i.Severity))
	return closeMessage(appendString(dst, 6, i.Original), mark)
}

// DecodeRecord reads what AppendRecord wrote; Key is left for the caller. The
// record's strings share one copy of b. The error is ErrCorrupt.
func DecodeRecord(b []byte) (*model.Record, error) {
	r := newReader(b)
	rec := &model.Record{}
	if n := r.countFields(firstProperty); n > 0 {
		rec.Statements = make([]model.Statement, 0, n)
	}
	seconds, nanos, stamped := int64(0), int64(0), false
	for r.more() {
		num, typ := r.tag()
		switch {
		case num == 1:
			seconds, stamped = protowire.DecodeZigZag(r.uint(typ, math.MaxUint64)), true
		case num == 2:
			nanos = int64(r.uint(typ, 999_999_999))
		case num == 3:
			rec.Disclosure = model.Disclosure(r.uint(typ, math.MaxUint8))
		case num == 4:
			rec.Period.From = r.date(typ)
		case num == 5:
			rec.Period.To = r.date(typ)
		case num == 6:
			rec.Issues = append(rec.Issues, r.issue(typ))
		case num >= firstProperty && num <= math.MaxUint16:
			v, original, p := r.value(typ)
			rec.Statements = append(rec.Statements, model.Statement{Property: model.PropertyID(num), Value: v, Original: original, Period: p})
		default:
			r.fail("unknown field of a record")
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	if stamped {
		rec.Stamp = time.Unix(seconds, nanos).UTC()
	}
	return rec, nil
}

func (r *reader) issue(typ protowire.Type) (i model.Issue) {
	outer := r.enter(typ)
	for r.more() {
		num, typ := r.tag()
		switch num {
		case 1:
			i.Property = model.PropertyID(r.uint(typ, math.MaxUint16))
		case 2:
			i.Place = r.text(typ)
		case 3:
			i.Code = model.IssueCode(r.text(typ))
		case 4:
			i.Text = r.text(typ)
		case 5:
			i.Severity = model.Severity(r.uint(typ, math.MaxUint8))
		case 6:
			i.Original = r.text(typ)
		default:
			r.fail("unknown field of an issue")
		}
	}
	r.leave(outer)
	return i
}

// AppendIssues appends bytes that are the same for the same issues in any order, for
// hashing in memory: not their places, which move with every row before them.
func AppendIssues(dst []byte, issues []model.Issue) []byte {
	all := make([][]byte, len(issues))
	for k := range issues {
		i := &issues[k]
		all[k] = appendIssue(nil, &model.Issue{Property: i.Property, Code: i.Code, Severity: i.Severity, Original: i.Original})
	}
	slices.SortFunc(all, bytes.Compare)
	for _, one := range all {
		dst = append(dst, one...)
	}
	return dst
}

// AppendStatements appends bytes that are the same for the same statements in
// any order, for hashing in memory. Sealed values are in them as long as they
// are unsealed: never store these bytes. They do not depend on Word numbers,
// so that a new word changes no hash.
func AppendStatements(dst []byte, statements []model.Statement, disclosure model.Disclosure, period model.Period) []byte {
	dst = appendUint(dst, 3, uint64(disclosure))
	dst = appendDate(dst, 4, period.From)
	dst = appendDate(dst, 5, period.To)
	start := len(dst)
	var few [32][2]int
	spans := few[:0]
	for i := range statements {
		s := &statements[i]
		if Valid(s.Property, s.Value) == nil {
			from := len(dst)
			dst = appendValue(dst, formHashing, protowire.Number(s.Property), s.Value, s.Original, s.Period)
			spans = append(spans, [2]int{from, len(dst)})
		}
	}
	order := func(a, b [2]int) int { return bytes.Compare(dst[a[0]:a[1]], dst[b[0]:b[1]]) }
	if slices.IsSortedFunc(spans, order) {
		return dst
	}
	slices.SortFunc(spans, order)
	end := len(dst)
	for _, s := range spans {
		dst = append(dst, dst[s[0]:s[1]]...)
	}
	return append(dst[:start], dst[end:]...)
}

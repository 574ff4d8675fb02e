package csv

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/encoding/charmap"

	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/ingest/draft"
	"github.com/karna-registry/karna/ingest/normalise"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// mapper turns one row into records. It holds only the plan and what was known
// when the file was opened, so it may be used by many at a time.
type mapper struct {
	*plan
	asOf         model.Date
	stamp        time.Time
	jurisdiction string
	proof        func(model.Scheme) model.Proof
}

// row is one row taken apart. Rows are reused; nothing of one outlives its
// mapping.
type row struct {
	plan   *plan
	place  string
	raw    []byte
	fields []field
	texts  []string
	done   []bool
	marks  []model.Record // of persons whom links say to be protected
}

var rows = sync.Pool{New: func() any { return new(row) }}

// cell is a column of a row; -1 is none.
type cell struct {
	row    *row
	column int
}

// text is the cell's text in UTF-8, without white space around it.
func (c cell) text() string {
	if c.column < 0 {
		return ""
	}
	r := c.row
	if !r.done[c.column] {
		r.done[c.column] = true
		f := r.fields[c.column]
		b := bytes.TrimSpace(r.raw[f.from:f.to])
		if f.doubled {
			q := []byte{r.plan.quote}
			b = bytes.ReplaceAll(b, append(q, q...), q)
		}
		r.texts[c.column] = decode(b, r.plan.charset)
	}
	return r.texts[c.column]
}

// decode reads text in a one-byte encoding, or in UTF-8 where it is nil.
func decode(b []byte, charset *charmap.Charmap) string {
	if charset == nil {
		return string(b)
	}
	for i, c := range b {
		if c >= 0x80 {
			var out strings.Builder
			out.Grow(len(b) + 8)
			out.Write(b[:i])
			for _, c := range b[i:] {
				out.WriteRune(charset.DecodeByte(c))
			}
			return out.String()
		}
	}
	return string(b)
}

// Place is the cell's line and column, for issues: "line 12, column birth".
func (c cell) Place() string {
	if c.column < 0 {
		return c.row.place
	}
	return c.row.place + ", column " + c.row.plan.columns[c.column]
}

// Map turns one row into what it says.
func (m *mapper) Map(it ingest.Item) (ingest.Result, error) {
	if m.swallowed(it.Raw, len(m.columns)) {
		// It has no key: which records are in it nobody can tell.
		return ingest.Result{}, ingest.Errorf(span(it.Place, it.Raw), "close the quote where its field ends, double it if it is text, or set quote: none in the mapping if the file has no quoting", "a quoted field has whole rows in it")
	}
	r := rows.Get().(*row)
	defer rows.Put(r)
	r.plan, r.place, r.raw, r.marks = m.plan, it.Place, it.Raw, nil
	var ok bool
	r.fields, ok = m.fields(it.Raw, r.fields[:0])
	n := len(m.columns)
	if !ok {
		return m.told(r, 0), ingest.Errorf(it.Place, "double the quotes inside a quoted field", "text after a field's closing quote")
	}
	if have := len(r.fields); have != n {
		res := m.told(r, 0)
		if have > n { // a delimiter too many may stand before the key
			res.Records = append(res.Records, m.told(r, have-n).Records...)
		}
		return res, ingest.Errorf(it.Place, "correct the row in the source, or the delimiter and quote in the mapping", "%d fields where there are %d columns", have, n)
	}
	r.blank(n)
	if r.empty() {
		return ingest.Result{}, nil
	}
	var res ingest.Result
	flag, flagged := m.stray(r)
	for i := range m.records {
		p := &m.records[i]
		if !r.holds(p.when) {
			continue
		}
		rec, err := m.record(r, p)
		if err != nil {
			return m.told(r, 0), err
		}
		if flag.Raised() && !rec.Deleted {
			raise(rec, flag, flagged)
		}
		res.Records = append(res.Records, rec.Finish())
		res.Records = append(res.Records, r.marks...)
		r.marks = nil
	}
	for i, used := range m.used {
		if f := r.fields[i]; !used && f.to > f.from {
			if res.Dropped == nil {
				res.Dropped = map[string]int{}
			}
			res.Dropped[m.columns[i]]++
		}
	}
	return res, nil
}

// blank forgets the texts of another row.
func (r *row) blank(columns int) {
	r.texts, r.done = slices.Grow(r.texts[:0], columns)[:columns], slices.Grow(r.done[:0], columns)[:columns]
	clear(r.done)
	clear(r.texts)
}

// told are the keys that can be read of a row that is refused, if its columns are so
// many fields further on than they should be: of all its records, or none.
func (m *mapper) told(r *row, further int) (res ingest.Result) {
	if m.flags {
		return res
	}
	if further > 0 {
		moved := slices.Clone(r.fields[further:])
		defer func(fields []field) { r.fields = fields }(r.fields)
		r.fields = moved
	}
	whole := further == 0 && len(r.fields) == len(m.columns)
	have := min(len(r.fields), len(m.columns))
	r.fields = r.fields[:have]
	for i := have; i < len(m.columns); i++ {
		r.fields = append(r.fields, field{})
	}
	r.blank(len(r.fields))
	for i := range m.records {
		p := &m.records[i]
		if whole && !r.holds(p.when) {
			continue
		}
		key, clean := normalise.Text(r.fill(p.key))
		if !clean || key == "" || p.key.last() >= have {
			if len(p.when) > 0 && !whole {
				continue // it need not give this one
			}
			return ingest.Result{}
		}
		res.Records = append(res.Records, model.Record{Key: model.RecordKey{Source: m.source, Kind: p.kind, LocalID: key}})
	}
	return res
}

// stray is what the columns that the mapping does not take say of protection, and
// where.
func (m *mapper) stray(r *row) (flag normalise.Flag, at cell) {
	for _, s := range m.strays {
		c := cell{r, s.column}
		if f := s.read(c.text()); f.Raised() {
			flag, at = flag.Merge(f), c
		}
	}
	return flag, at
}

// raise protects whom a row is about by a flag that the mapping does not place: its
// persons, and the roles of persons as a whole.
func raise(rec *draft.Record, flag normalise.Flag, at cell) {
	const taken = "the column says that a person is protected and the mapping does not take it; taken as said of everybody in the row: add it to the mapping"
	switch rec.Key.Kind {
	case model.Person:
		rec.Add(ontology.PersonProtection, model.Code{Scheme: model.ProtectionScheme, Notation: flag.Level.Notation()}, at.text())
		draft.Issue(rec, ontology.PersonProtection, at, at.text(), model.IssueUnknownCode, model.Warning, taken)
	case model.Role:
		rec.Narrow(model.Protected)
		draft.Issue(rec, 0, at, at.text(), model.IssueUnknownCode, model.Warning, taken)
	}
}

// empty tells whether the row has nothing in any column, as spreadsheets leave
// behind their tables.
func (r *row) empty() bool {
	for _, f := range r.fields {
		if len(bytes.TrimSpace(r.raw[f.from:f.to])) > 0 {
			return false
		}
	}
	return true
}

// holds tells whether every condition holds.
func (r *row) holds(conditions []condition) bool {
	for _, c := range conditions {
		v := cell{r, c.column}.text()
		if c.empty != nil && (v == "") != *c.empty ||
			len(c.equals) > 0 && !slices.Contains(c.equals, v) ||
			len(c.not) > 0 && slices.Contains(c.not, v) {
			return false
		}
	}
	return true
}

// fill is the text of a column, constant or template; a template is empty when
// any of its columns is.
func (r *row) fill(t text) string {
	if len(t.parts) == 0 {
		return t.constant
	}
	if len(t.parts) == 1 && t.parts[0].column >= 0 {
		return cell{r, t.parts[0].column}.text()
	}
	var b strings.Builder
	for _, p := range t.parts {
		if p.column < 0 {
			b.WriteString(p.text)
			continue
		}
		v := cell{r, p.column}.text()
		if v == "" {
			return ""
		}
		b.WriteString(v)
	}
	return b.String()
}

func (m *mapper) record(r *row, p *recordPlan) (*draft.Record, error) {
	key, clean := normalise.Text(r.fill(p.key))
	at := cell{r, p.key.first()}
	if key == "" {
		return nil, ingest.Errorf(at.Place(), "fill the key in the source, or give the record a condition", "a %s without a key", p.kind)
	}
	if !clean {
		return nil, ingest.Errorf(at.Place(), "check the encoding that the mapping says", "a %s whose key has bytes of another encoding", p.kind)
	}
	rec := draft.New(model.RecordKey{Source: m.source, Kind: p.kind, LocalID: key}, m.stamp, m.asOf)
	rec.Jurisdiction, rec.ProofOf, rec.Disclosure = m.jurisdiction, m.proof, p.disclosure
	if p.stamp >= 0 {
		m.stampOf(rec, cell{r, p.stamp}, p.stampDates)
	}
	if p.deleted >= 0 && isDeleted(cell{r, p.deleted}.text(), p.deletedBy) {
		rec.Deleted = true
		return rec, nil
	}
	if p.period != nil {
		rec.Period = m.period(rec, r, p.period)
	}
	if p.kind == model.Person && m.flagsByKey {
		draft.Identifier(rec, ontology.PersonIdentifier, at, m.keyScheme(), key)
	}
	for i := range p.fields {
		f := &p.fields[i]
		if r.holds(f.when) {
			m.field(rec, r, f)
		}
	}
	return rec, nil
}

// isDeleted reads a deletion flag: one of the values, or true where none are
// named.
func isDeleted(v string, values []string) bool {
	if len(values) > 0 {
		return slices.Contains(values, v)
	}
	gone, ok := normalise.Boolean(v)
	return ok && gone
}

// stampLayouts are how tables write times. A time without an offset is taken as
// UTC: it ranks versions of one source, which all lack it alike.
var stampLayouts = []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "20060102150405", "20060102 150405"}

func (m *mapper) stampOf(rec *draft.Record, c cell, dates []normalise.Layout) {
	v := c.text()
	if v == "" {
		return
	}
	for _, layout := range stampLayouts {
		if t, err := time.Parse(layout, v); err == nil {
			rec.Stamp = t.UTC()
			return
		}
	}
	if d, ok := normalise.Date(v, dates...); ok {
		d = d.First()
		rec.Stamp = time.Date(int(d.Year), time.Month(d.Month), int(d.Day), 0, 0, 0, 0, time.UTC)
		return
	}
	draft.Issue(rec, 0, c, v, model.IssueBadDate, model.Warning, "not a time, so this version ranks by the delivery; correct it in the source")
}

func (m *mapper) period(rec *draft.Record, r *row, p *periodPlan) model.Period {
	from, to := cell{r, p.from}, cell{r, p.to}
	if p.inclusive {
		return draft.Period(rec, from, from.text(), to, to.text(), p.dates...)
	}
	return draft.PeriodUntil(rec, from, from.text(), to, to.text(), p.dates...)
}

// field states what a field says.
func (m *mapper) field(rec *draft.Record, r *row, f *fieldPlan) {
	before := len(rec.Statements)
	switch at := (cell{r, f.column}); {
	case f.address != nil:
		m.address(rec, r, f, at)
	case f.point != nil:
		point(rec, f.row.ID, cell{r, f.point.east}, cell{r, f.point.north}, f.point.of(m.jurisdiction), m.decimal)
	case f.row.Type == model.TypePeriod:
		if p := m.period(rec, r, f.period); !p.IsZero() {
			rec.Add(f.row.ID, p, "")
		}
		return
	default:
		v := r.fill(f.from)
		if f.split == "" {
			m.value(rec, r, f, at, v)
			break
		}
		for piece := range strings.SplitSeq(v, f.split) {
			m.value(rec, r, f, at, strings.TrimSpace(piece))
		}
	}
	if f.period != nil && len(rec.Statements) > before {
		period := m.period(rec, r, f.period)
		for i := before; i < len(rec.Statements); i++ {
			rec.Statements[i].Period = period
		}
	}
}

func (m *mapper) address(rec *draft.Record, r *row, f *fieldPlan, at cell) {
	var v [len(f.address.parts)]string
	some := false
	for i, t := range f.address.parts {
		v[i] = r.fill(t)
		some = some || v[i] != ""
	}
	if some {
		draft.Address(rec, f.row.ID, at, draft.Parts{
			Use: f.address.use, CareOf: v[0], Street: v[1], StreetNumber: v[2], Entrance: v[3], Unit: v[4],
			PostalCode: v[5], Locality: v[6], Municipality: v[7], County: v[8], Property: v[9], Country: v[10], FullAddress: v[11],
		})
	}
}

// value states one value of a field.
func (m *mapper) value(rec *draft.Record, r *row, f *fieldPlan, at cell, v string) {
	if v == "" {
		return
	}
	p := f.row.ID
	mapped, known := v, len(f.values) == 0
	if !known {
		if to, ok := f.values[v]; ok {
			mapped, known = to, true
		}
		if mapped == "" {
			return // the mapping says that the value means nothing
		}
	}
	switch f.row.Type {
	case model.TypeText:
		draft.Text(rec, p, at, mapped, f.lang)
	case model.TypeDate:
		draft.Date(rec, p, at, mapped, f.dates...)
	case model.TypeNumber:
		if mapped != v {
			draft.Number(rec, p, at, mapped) // the mapping's own word, in no source's form
			break
		}
		draft.NumberIn(rec, p, at, v, m.decimal)
	case model.TypeBoolean:
		draft.Boolean(rec, p, at, mapped)
	case model.TypeContact:
		draft.Contact(rec, p, at, f.medium, f.use, mapped)
	case model.TypeIdentifier:
		m.identifier(rec, f, at, mapped)
	case model.TypeLink:
		m.link(rec, r, f, at, mapped)
	case model.TypeCode:
		m.code(rec, f, at, mapped, v, known)
	}
}

func (m *mapper) identifier(rec *draft.Record, f *fieldPlan, at cell, v string) {
	if f.replaced {
		stated := len(rec.Statements)
		defer func() {
			for i := stated; i < len(rec.Statements); i++ {
				if id, ok := rec.Statements[i].Value.(model.Identifier); ok && id.Status == model.IdentifierValid {
					id.Status = model.IdentifierReplaced
					rec.Statements[i].Value = id
				}
			}
		}()
	}
	switch f.scheme.Base() {
	case personalNumber:
		draft.PersonalNumber(rec, f.row.ID, at, v)
	case model.Organisationsnummer:
		draft.OrganisationNumber(rec, f.row.ID, at, v)
	default:
		draft.Identifier(rec, f.row.ID, at, f.scheme, v)
	}
}

func (m *mapper) link(rec *draft.Record, r *row, f *fieldPlan, at cell, v string) {
	l := f.link
	if l.scheme != "" {
		if l.flag != nil {
			m.flagged(rec, r, f, l.scheme, v)
		}
		if l.scheme == personalNumber {
			draft.LinkByPersonalNumber(rec, f.row.ID, at, v, l.role)
		} else {
			draft.LinkByIdentifier(rec, f.row.ID, at, l.kind, l.scheme, v, l.role)
		}
		return
	}
	key := v
	if f.split == "" && len(f.values) == 0 {
		key = r.fill(l.key)
	}
	if key, _ = normalise.Text(key); key != "" {
		if l.flag != nil {
			m.flagged(rec, r, f, m.keyScheme(), key)
		}
		rec.Link(f.row.ID, model.Reference{Key: model.RecordKey{Source: l.source, Kind: l.kind, LocalID: key}, Kind: l.kind}, l.role)
	}
}

// flagged reads what the row says of the protection of the person whom a link
// leads to. The record is then closed as a whole, and a record of its own says it of
// the person, by an identifier that the person has: the link's, or the key.
func (m *mapper) flagged(rec *draft.Record, r *row, f *fieldPlan, scheme model.Scheme, v string) {
	l := f.link
	at := cell{r, l.flagged}
	flag := normalise.ProtectionIn(m.jurisdiction, l.flag, at.text())
	if flag.Said && !flag.Known {
		draft.Issue(rec, f.row.ID, at, at.text(), model.IssueUnknownCode, model.Warning, "a protection flag in an unknown spelling; the person is taken as protected, add it to the mapping")
	}
	if !flag.Raised() {
		return
	}
	rec.Narrow(model.Protected)
	if rec.Deleted {
		return
	}
	localID := "marking/" + v
	if l.scheme == "" {
		localID = "marking/key/" + v
	}
	key := model.RecordKey{Source: rec.Key.Source, Kind: model.Person, LocalID: localID}
	if slices.ContainsFunc(r.marks, func(have model.Record) bool { return have.Key == key }) {
		return // another link of the row has said it
	}
	mark := draft.New(key, rec.Stamp, rec.AsOf)
	mark.Jurisdiction, mark.ProofOf = rec.Jurisdiction, rec.ProofOf
	m.identifier(mark, &fieldPlan{row: ontology.ByID(ontology.PersonIdentifier), scheme: scheme, column: f.column}, at, v)
	mark.Add(ontology.PersonProtection, model.Code{Scheme: model.ProtectionScheme, Notation: flag.Level.Notation()}, at.text())
	r.marks = append(r.marks, mark.Finish())
}

// code states a notation. A protection flag in a spelling that nobody foresaw
// protects.
func (m *mapper) code(rec *draft.Record, f *fieldPlan, at cell, notation, delivered string, known bool) {
	switch {
	case f.isProtection():
		flag := normalise.ProtectionIn(m.jurisdiction, f.flag, notation)
		if !flag.Said {
			return
		}
		if !flag.Known {
			draft.Issue(rec, f.row.ID, at, at.text(), model.IssueUnknownCode, model.Warning, "a protection flag in an unknown spelling; the person is taken as protected, add it to the mapping")
		}
		rec.Add(f.row.ID, model.Code{Scheme: model.ProtectionScheme, Notation: flag.Level.Notation()}, delivered)
	case !known:
		draft.UnknownCode(rec, f.row.ID, at, f.codeList, delivered)
	default:
		draft.CodeFrom(rec, f.row.ID, at, f.codeList, notation, delivered)
	}
}

package gqltest

import (
	"bufio"
	"bytes"
	"encoding/gob"
	"io"
	"iter"
	"testing"
	"time"

	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/model"
)

// format is a delivery of records as they are: a gob a line. One without a name is
// no record, and lies in quarantine.
type format struct{}

func init() {
	for _, v := range []model.Value{
		model.Text{}, model.Date{}, model.Code{}, model.Identifier{}, model.Link{}, model.Number(0), model.Boolean(false),
		model.Address{}, model.Contact{}, model.Geometry{}, model.Period{},
	} {
		gob.Register(v)
	}
}

func encode(tb testing.TB, source model.Source, records []model.Record) io.Reader {
	tb.Helper()
	var out bytes.Buffer
	for _, r := range records {
		r.Key.Source = source
		var b bytes.Buffer
		if err := gob.NewEncoder(&b).Encode(r); err != nil {
			tb.Fatal(err)
		}
		var n [4]byte
		n[0], n[1], n[2], n[3] = byte(b.Len()>>24), byte(b.Len()>>16), byte(b.Len()>>8), byte(b.Len())
		out.Write(n[:])
		out.Write(b.Bytes())
	}
	return &out
}

func (format) Name() string    { return "test" }
func (format) Version() string { return "1" }

func (format) Open(r io.Reader, o ingest.Options) (ingest.Delivery, error) {
	return &delivery{bufio.NewReader(r), o.Date}, nil
}

type delivery struct {
	r    *bufio.Reader
	date time.Time
}

func (d *delivery) Items() iter.Seq2[ingest.Item, error] {
	return func(yield func(ingest.Item, error) bool) {
		for {
			var n [4]byte
			if _, err := io.ReadFull(d.r, n[:]); err != nil {
				return
			}
			raw := make([]byte, int(n[0])<<24|int(n[1])<<16|int(n[2])<<8|int(n[3]))
			if _, err := io.ReadFull(d.r, raw); err != nil {
				yield(ingest.Item{}, ingest.Errorf("end", "", "cut off"))
				return
			}
			if !yield(ingest.Item{Type: "record", Place: "a record", Raw: raw}, nil) {
				return
			}
		}
	}
}

func (d *delivery) Context() []byte  { return nil }
func (d *delivery) Part() string     { return "" }
func (d *delivery) Stamp() time.Time { return d.date }

func (d *delivery) Map(i ingest.Item) (ingest.Result, error) {
	var r model.Record
	if err := gob.NewDecoder(bytes.NewReader(i.Raw)).Decode(&r); err != nil {
		return ingest.Result{}, ingest.Errorf(i.Place, "", "no record")
	}
	if r.Key.LocalID == "" {
		return ingest.Result{}, ingest.Errorf(i.Place, "", "a record without a name")
	}
	return ingest.Result{Records: []model.Record{r}}, nil
}

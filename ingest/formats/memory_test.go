package formats

import (
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/karna-registry/karna/ingest"
)

// long is a file of one piece n times over, without being one in memory.
type long struct {
	head, piece, tail string
	n                 int
	rest              string
}

func (l *long) Read(p []byte) (int, error) {
	if l.rest == "" {
		switch {
		case l.head != "":
			l.rest, l.head = l.head, ""
		case l.n > 0:
			l.rest = l.piece
			l.n--
		case l.tail != "":
			l.rest, l.tail = l.tail, ""
		default:
			return 0, io.EOF
		}
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

func TestMemoryIsConstantInTheSizeOfAFile(t *testing.T) {
	const items, bound = 200_000, 8 << 20
	filler := strings.Repeat("x", 200)
	for name, c := range map[string]struct {
		file    *long
		options ingest.Options
	}{
		"csv": {&long{head: "id,a\n", piece: "1,\"" + filler + "\"\n", n: items},
			ingest.Options{Mapping: []byte("records: [{kind: person, key: id}]")}},
		"ss12000": {&long{head: `{"data":[0`, piece: `,{"givenName":"` + filler + `"}`, tail: "]}", n: items},
			ingest.Options{Type: "persons"}},
		"paxml": {&long{head: "<paxml><header/><personal>", piece: `<person anstid="` + filler + `"/>`, tail: "</personal></paxml>", n: items},
			ingest.Options{}},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := ByName(name)
			if err != nil {
				t.Fatal(err)
			}
			d, err := f.Open(c.file, c.options)
			if err != nil {
				t.Fatal(err)
			}
			var before, during runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			n := 0
			for _, err := range d.Items() {
				if err != nil {
					t.Fatal(err)
				}
				if n++; n == items {
					runtime.GC()
					runtime.ReadMemStats(&during)
				}
			}
			if n < items {
				t.Fatalf("%d items", n)
			}
			if grown := int64(during.HeapAlloc) - int64(before.HeapAlloc); grown > bound {
				t.Errorf("the heap has grown by %d bytes after %d items", grown, n)
			}
		})
	}
}

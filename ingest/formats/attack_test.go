package formats

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/karna-registry/karna/ingest"
)

// endless is a text and then another for as long as anybody reads, counted.
type endless struct {
	begin  string
	repeat string
	read   int64
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.begin)
	e.begin = e.begin[n:]
	for n < len(p) {
		at := int(e.read+int64(n)) % len(e.repeat)
		n += copy(p[n:], e.repeat[at:])
	}
	e.read += int64(n)
	return n, nil
}

// What one delivery may make the program read and hold before it is refused, in
// bytes: an item is of 16 MiB at most.
const (
	mostRead = 40 << 20
	mostHeld = 120 << 20
)

// paxmlStart begins a file that a mapper takes.
const paxmlStart = `<?xml version="1.0" encoding="UTF-8"?><paxml><header><format>LÖNIN</format><version>2.0</version><datum>2024-03-01</datum></header>`

func mappingOf(t *testing.T, format string) []byte {
	t.Helper()
	if format != "csv" {
		return nil
	}
	text, err := os.ReadFile("../csv/testdata/staff.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestWhatNeverEndsIsRefused opens deliveries that go on for ever in each place
// where a format has room for it.
func TestWhatNeverEndsIsRefused(t *testing.T) {
	person := paxmlStart + "<personal><person>"
	for what, test := range map[string]struct{ format, typ, begin, repeat string }{
		"a text":                {"paxml", "", person + "<fornamn>", "aaaaaaaaaaaaaaaa"},
		"elements":              {"paxml", "", person, "<a>b</a>"},
		"an element's name":     {"paxml", "", person + "<", "aaaaaaaaaaaaaaaa"},
		"an attribute":          {"paxml", "", person + `<a b="`, "aaaaaaaaaaaaaaaa"},
		"attributes":            {"paxml", "", person + `<a `, ` b="c"`},
		"character references":  {"paxml", "", person + "<fornamn>", "&#65;&amp;"},
		"a reference":           {"paxml", "", person + "<fornamn>&", "aaaaaaaaaaaaaaaa"},
		"a comment in a person": {"paxml", "", person + "<!--", "aaaaaaaaaaaaaaaa"},
		"a section of text":     {"paxml", "", person + "<fornamn><![CDATA[", "aaaaaaaaaaaaaaaa"},
		"a header":              {"paxml", "", `<paxml><header>`, "<a>b</a>"},
		"depth":                 {"paxml", "", person, "<a>"},
		"a string":              {"ss12000", "persons", `{"data":[{"id":"`, "aaaaaaaaaaaaaaaa"},
		"a member's name":       {"ss12000", "persons", `{"data":[{"`, "aaaaaaaaaaaaaaaa"},
		"a number":              {"ss12000", "persons", `{"data":[{"a":`, "1111111111111111"},
		"members":               {"ss12000", "persons", `{"data":[{"a":1`, `,"b":2`},
		"arrays in arrays":      {"ss12000", "persons", `{"data":[`, "["},
		"objects in objects":    {"ss12000", "persons", `{"data":[{"a":`, `{"a":`},
		"escapes":               {"ss12000", "persons", `{"data":[{"id":"`, `\u0041`},
		"a line":                {"csv", "", "Anställnr;Personnr\n", "aaaaaaaaaaaaaaaa"},
		"columns":               {"csv", "", "Anställnr;Personnr\n", ";a"},
		"a head":                {"csv", "", "", "a;"},
		"a quoted cell":         {"csv", "", "Anställnr;Personnr\n\"", "aaaaaaaa\n"},
		"quotes":                {"csv", "", "Anställnr;Personnr\n\"", `""`},
	} {
		t.Run(test.format+"/"+what, func(t *testing.T) {
			f, err := ByName(test.format)
			if err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			r := &endless{begin: test.begin, repeat: test.repeat}
			var ended error
			d, err := f.Open(r, ingest.Options{Source: "s", Type: test.typ, Mapping: mappingOf(t, test.format)})
			if err != nil {
				ended = err
			} else {
				for it, err := range d.Items() {
					if err != nil {
						ended = err
						break
					}
					_, _ = d.Map(it)
				}
			}
			runtime.ReadMemStats(&after)
			var place *ingest.PlaceError
			if !errors.As(ended, &place) || len(ended.Error()) > 1000 {
				t.Errorf("it ends with %.300v", ended)
			}
			if r.read > mostRead {
				t.Errorf("%d MiB were read, want at most %d", r.read>>20, mostRead>>20)
			}
			if held := int64(after.HeapSys) - int64(before.HeapSys); held > mostHeld {
				t.Errorf("%d MiB were taken, want at most %d", held>>20, mostHeld>>20)
			}
		})
	}
}

// TestNoEntityIsExpandedNorFetched: a document type is no part of a delivery, and
// neither is what it would declare.
func TestNoEntityIsExpandedNorFetched(t *testing.T) {
	laughs := `<!DOCTYPE paxml [<!ENTITY a "ha">`
	for _, step := range []string{"ba", "cb", "dc", "ed", "fe", "gf", "hg", "ih"} {
		laughs += `<!ENTITY ` + step[:1] + ` "` + strings.Repeat("&"+step[1:]+";", 10) + `">`
	}
	laughs += "]>"
	body := strings.TrimPrefix(paxmlStart, `<?xml version="1.0" encoding="UTF-8"?>`) + "<personal><person><anstid>1</anstid><fornamn>&@;</fornamn></person></personal></paxml>"
	for what, text := range map[string]string{
		"a billion laughs":      laughs + strings.ReplaceAll(body, "@", "i"),
		"a file":                `<!DOCTYPE paxml [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + strings.ReplaceAll(body, "@", "x"),
		"an address":            `<!DOCTYPE paxml [<!ENTITY x SYSTEM "http://127.0.0.1:1/x">]>` + strings.ReplaceAll(body, "@", "x"),
		"a foreign declaration": `<!DOCTYPE paxml SYSTEM "http://127.0.0.1:1/x.dtd">` + strings.ReplaceAll(body, "@", "x"),
		"a parameter":           `<!DOCTYPE paxml [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>` + strings.ReplaceAll(body, "@", "x"),
		"in small letters":      `<!doctype paxml [<!ENTITY x "y">]>` + strings.ReplaceAll(body, "@", "x"),
		"one that is not used":  `<!DOCTYPE paxml [<!ENTITY x "y">]>` + strings.ReplaceAll(body, "&@;", "Anna"),
		"an empty one":          `<!DOCTYPE paxml>` + strings.ReplaceAll(body, "&@;", "Anna"),
		"nobody's":              strings.ReplaceAll(body, "@", "nbsp"),
		"included":              strings.ReplaceAll(body, "&@;", `<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>`),
	} {
		f, err := ByName("paxml")
		if err != nil {
			t.Fatal(err)
		}
		var ended error
		d, err := f.Open(strings.NewReader(text), ingest.Options{Source: "s"})
		if err != nil {
			ended = err
		} else {
			for it, err := range d.Items() {
				if err != nil {
					ended = err
					break
				}
				result, err := d.Map(it)
				ended = errors.Join(ended, err)
				for _, r := range result.Records {
					for _, s := range r.Statements {
						if strings.Contains(s.Original, "root:") || strings.Contains(s.Original, "haha") {
							t.Errorf("%s: %.80q is taken", what, s.Original)
						}
					}
				}
			}
		}
		if ended == nil && what != "included" {
			t.Errorf("%s is taken", what)
		}
	}
}

// mostOfAnArchive is what a program may allocate in all to refuse an archive, in bytes:
// the parts of those below are of 16 MiB each.
const mostOfAnArchive = 4 << 20

// TestAnArchiveIsNoDelivery: what is compressed is not opened, so that nothing in
// it can be larger than it is, nor be named out of its folder.
func TestAnArchiveIsNoDelivery(t *testing.T) {
	var zipped, gzipped bytes.Buffer
	archive := zip.NewWriter(&zipped)
	for _, name := range []string{"../../etc/cron.d/x", "/etc/passwd", `..\..\x`, "personal.xml"} {
		w, err := archive.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(w, &endless{repeat: "0"}, 16<<20); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(&gzipped)
	if _, err := io.CopyN(z, &endless{begin: paxmlStart, repeat: "0"}, 16<<20); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for what, data := range map[string][]byte{"zip": zipped.Bytes(), "gzip": gzipped.Bytes()} {
		for _, format := range []string{"paxml", "ss12000", "csv"} {
			f, err := ByName(format)
			if err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			d, ended := f.Open(bytes.NewReader(data), ingest.Options{Source: "s", Type: "persons", Mapping: mappingOf(t, format)})
			n := 0
			if ended == nil {
				for it, err := range d.Items() {
					if ended = err; err != nil {
						break
					}
					if result, err := d.Map(it); err == nil {
						n += len(result.Records)
					}
				}
			}
			runtime.ReadMemStats(&after)
			if took := int64(after.TotalAlloc - before.TotalAlloc); took > mostOfAnArchive {
				t.Errorf("a %s of %d KiB as %s takes %d KiB, want at most %d", what, len(data)>>10, format, took>>10, mostOfAnArchive>>10)
			}
			if n > 0 || ended == nil {
				t.Errorf("a %s as %s gives %d records and ends with %v", what, format, n, ended)
			}
		}
	}
}

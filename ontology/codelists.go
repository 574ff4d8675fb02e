package ontology

import (
	"crypto/sha256"
	"embed"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"strings"
	"sync"

	"github.com/karna-registry/karna/model"
)

//go:embed codelists/*.csv
var codeListFiles embed.FS

// CodeListSource is the source of the shipped code lists' records.
const CodeListSource model.Source = "karna-codelists"

// CodeList is one shipped list: a skos:ConceptScheme.
type CodeList struct {
	Scheme  string // what codes name it by
	TitleSV string
	TitleEN string
	Origin  string // who keeps the codes; "Kärna" for the registry's own
}

// CodeLists lists the shipped lists in scheme order. The slice is shared: read
// only.
func CodeLists() []CodeList { return shipped().lists }

// CodeListRecords yields every shipped concept as a record, ordered by scheme
// and then as its list has it: the same each time. A record's local id is
// "scheme/notation", and concepts refer to each other by those.
func CodeListRecords() iter.Seq[model.Record] {
	return func(yield func(model.Record) bool) {
		for _, row := range shipped().rows {
			if !yield(row.record()) {
				return
			}
		}
	}
}

// CodeListsVersion is a hash of the shipped lists' content: an installation that
// has loaded this version has nothing to load.
func CodeListsVersion() string { return shipped().version }

// KnownScheme tells whether a list is shipped. A list that is not is a source's
// own.
func KnownScheme(scheme string) bool { return shipped().notations[scheme] != nil }

// KnownCode tells whether a shipped list has the notation, in whatever period.
func KnownCode(scheme, notation string) bool {
	_, ok := shipped().notations[scheme][notation]
	return ok
}

// Notations are the codes of a shipped list in its order; none for another list.
func Notations(scheme string) []string {
	var out []string
	for _, row := range shipped().rows {
		if row.scheme == scheme {
			out = append(out, row.notation)
		}
	}
	return out
}

// LabelOf is what a shipped code is called in the language ("sv", "en", "fi"),
// or else in Swedish; empty for a code that is not shipped.
func LabelOf(scheme, notation, lang string) string {
	row := shipped().notations[scheme][notation]
	if row == nil {
		return ""
	}
	for _, l := range row.labels {
		if l.Lang == lang {
			return l.Text
		}
	}
	return row.labels[0].Text
}

type catalogue struct {
	lists     []CodeList
	rows      []*codeRow
	notations map[string]map[string]*codeRow
	version   string
}

// shipped reads the embedded lists once. They are part of the program and
// tested with it, so one that cannot be read is a broken build.
var shipped = sync.OnceValue(func() *catalogue {
	c, err := readCodeLists(codeListFiles)
	if err != nil {
		panic("embedded code lists: " + err.Error())
	}
	return c
})

const (
	codeListFolder = "codelists"
	codeListIndex  = "index"
)

func readCodeLists(files fs.FS) (*catalogue, error) {
	c := &catalogue{notations: map[string]map[string]*codeRow{}}
	hash := sha256.New()
	read := func(name string) ([][]string, error) {
		raw, err := fs.ReadFile(files, path.Join(codeListFolder, name+".csv"))
		if err != nil {
			return nil, err
		}
		_, _ = fmt.Fprintf(hash, "%s\n%d\n%s", name, len(raw), raw) // a hash never fails to write
		return csv.NewReader(strings.NewReader(string(raw))).ReadAll()
	}
	index, err := read(codeListIndex)
	if err != nil {
		return nil, err
	}
	if len(index) == 0 || strings.Join(index[0], ",") != "scheme,title_sv,title_en,origin" {
		return nil, fmt.Errorf("%s.csv: want the columns scheme, title_sv, title_en, origin", codeListIndex)
	}
	for _, cells := range index[1:] {
		list := CodeList{Scheme: cells[0], TitleSV: cells[1], TitleEN: cells[2], Origin: cells[3]}
		lines, err := read(list.Scheme)
		if err != nil {
			return nil, err
		}
		if err := c.add(list, lines); err != nil {
			return nil, fmt.Errorf("%s.csv: %w", list.Scheme, err)
		}
	}
	c.version = hex.EncodeToString(hash.Sum(nil))
	return c, nil
}

func (c *catalogue) add(list CodeList, lines [][]string) error {
	if len(lines) == 0 || strings.Join(lines[0], ",") != strings.Join(codeColumns[:], ",") {
		return fmt.Errorf("want the columns %s", strings.Join(codeColumns[:], ", "))
	}
	if c.notations[list.Scheme] != nil {
		return fmt.Errorf("listed twice")
	}
	notations := make(map[string]*codeRow, len(lines)-1)
	for i, cells := range lines[1:] {
		row, err := readCodeRow(cells)
		switch {
		case err != nil:
			return fmt.Errorf("row %d: %w", i+2, err)
		case row.scheme != list.Scheme:
			return fmt.Errorf("row %d: scheme %q in the file of another", i+2, row.scheme)
		case notations[row.notation] != nil:
			return fmt.Errorf("row %d: notation %q twice", i+2, row.notation)
		}
		notations[row.notation] = row
		c.rows = append(c.rows, row)
	}
	c.notations[list.Scheme] = notations
	c.lists = append(c.lists, list)
	return nil
}

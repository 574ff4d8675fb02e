package ontology_test

import (
	"encoding/csv"
	"io/fs"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

func TestEveryListIsShippedAsRecordsWithLabelsAndLinksThatLead(t *testing.T) {
	keys := map[model.RecordKey]bool{}
	for rec := range ontology.CodeListRecords() {
		if keys[rec.Key] {
			t.Errorf("%s twice", rec.Key)
		}
		keys[rec.Key] = true
	}
	for rec := range ontology.CodeListRecords() {
		scheme, notation, _ := strings.Cut(rec.Key.LocalID, "/")
		if rec.Key.Source != ontology.CodeListSource || rec.Key.Kind != model.Concept || !ontology.KnownScheme(scheme) || !ontology.KnownCode(scheme, notation) {
			t.Errorf("%s: not known by its own key", rec.Key)
		}
		languages := map[string]bool{}
		for _, s := range rec.Statements {
			row := ontology.ByID(s.Property)
			if row == nil || row.Kind != model.Concept || s.Value.Type() != row.Type {
				t.Fatalf("%s: statement %d of type %s does not fit the table", rec.Key, s.Property, s.Value.Type())
			}
			switch v := s.Value.(type) {
			case model.Link:
				if !keys[v.Ref.Key] {
					t.Errorf("%s: %s leads to %s, which is not shipped", rec.Key, row.Name, v.Ref.Key)
				}
			case model.Code:
				if !ontology.KnownCode(v.Scheme, v.Notation) {
					t.Errorf("%s: status %s is no code", rec.Key, v.Notation)
				}
			case model.Text:
				if v.Text != strings.TrimSpace(v.Text) || strings.ContainsFunc(v.Text, unicode.IsControl) {
					t.Errorf("%s: %s %q is not clean", rec.Key, row.Name, v.Text)
				}
				if s.Property == ontology.ConceptLabel {
					languages[v.Lang] = true
				}
				if (v.Lang != "") != row.Localized {
					t.Errorf("%s: %s %q has language %q", rec.Key, row.Name, v.Text, v.Lang)
				}
			}
		}
		if !languages["sv"] || !languages["en"] {
			t.Errorf("%s: no label in Swedish or in English", rec.Key)
		}
	}
}

func TestCodeListRecordsComeInTheSameOrderEachTime(t *testing.T) {
	var first, second []model.Record
	for rec := range ontology.CodeListRecords() {
		first = append(first, rec)
	}
	for rec := range ontology.CodeListRecords() {
		second = append(second, rec)
	}
	if !reflect.DeepEqual(first, second) {
		t.Error("two readings differ")
	}
	if v := ontology.CodeListsVersion(); len(v) != 64 || v != ontology.CodeListsVersion() {
		t.Errorf("version %q is no stable hash", v)
	}
	for range ontology.CodeListRecords() {
		return // a reader may stop
	}
}

func TestMappingsBetweenListsHoldBothWays(t *testing.T) {
	inverse := map[model.PropertyID]model.PropertyID{
		ontology.ConceptExactMatch: ontology.ConceptExactMatch, ontology.ConceptCloseMatch: ontology.ConceptCloseMatch,
		ontology.ConceptBroadMatch: ontology.ConceptNarrowMatch, ontology.ConceptNarrowMatch: ontology.ConceptBroadMatch,
	}
	type edge struct {
		from, to string
		property model.PropertyID
	}
	edges := map[edge]bool{}
	exact := map[string]int{}
	for rec := range ontology.CodeListRecords() {
		for _, s := range rec.Statements {
			if l, ok := s.Value.(model.Link); ok && inverse[s.Property] != 0 {
				edges[edge{rec.Key.LocalID, l.Ref.Key.LocalID, s.Property}] = true
				if s.Property == ontology.ConceptExactMatch {
					exact[rec.Key.LocalID]++
				}
			}
		}
	}
	if len(edges) < 50 {
		t.Fatalf("%d mappings", len(edges))
	}
	for e := range edges {
		if !edges[edge{e.to, e.from, inverse[e.property]}] {
			t.Errorf("%s maps to %s, and not back", e.from, e.to)
		}
		if scheme := func(s string) string { s, _, _ = strings.Cut(s, "/"); return s }; scheme(e.from) == scheme(e.to) {
			t.Errorf("%s maps to %s of its own list: that is broader or replacedBy", e.from, e.to)
		}
	}
	for id, n := range exact {
		if n > 1 {
			t.Errorf("%s has %d exact matches in other lists, which makes them the same", id, n)
		}
	}
}

func TestSchoolTypesOf2020AndTheirNewNames(t *testing.T) {
	for _, code := range strings.Fields("FS FKLASS FTH OPPFTH GR GRS TR SP SAM GY GYS VUX VUXSFI VUXGR VUXGY VUXSARGR VUXSARTR VUXSARGY SFI SARVUX SARVUXGR SARVUXGY KU YH FHS STF KKU HS ABU AU") {
		if !ontology.KnownCode("school-type", code) {
			t.Errorf("school type %s of SS12000:2020 is missing", code)
		}
	}
	if got := ontology.LabelOf("school-type-2023", "GRAN", "sv"); got != "Anpassad grundskola" {
		t.Errorf("GRAN is %q", got)
	}
	if ontology.KnownCode("school-type", "GRAN") || ontology.KnownScheme("a source's own") || ontology.KnownCode("a source's own", "x") {
		t.Error("a code is known in a list that does not have it")
	}
	if got := ontology.LabelOf("sex", "female", "de"); got != "Kvinna" {
		t.Errorf("a language that is not there falls back to %q", got)
	}
	if got := ontology.LabelOf("sex", "x", "sv"); got != "" {
		t.Errorf("an unknown code is called %q", got)
	}
}

func TestProtectionListIsTheModelsLevels(t *testing.T) {
	n := 0
	for rec := range ontology.CodeListRecords() {
		if strings.HasPrefix(rec.Key.LocalID, model.ProtectionScheme+"/") {
			n++
		}
	}
	for p := model.ProtectionNone; p <= model.ProtectionProtectedRegistering; p++ {
		n--
		if !ontology.KnownCode(model.ProtectionScheme, p.Notation()) {
			t.Errorf("level %s is missing", p.Notation())
		}
	}
	if n != 0 {
		t.Errorf("the list has %d levels more than the model", n)
	}
}

func TestIdentifierSchemesListIsTheModels(t *testing.T) {
	for _, s := range model.Schemes() {
		if !ontology.KnownCode("identifier-scheme", string(s)) {
			t.Errorf("scheme %s is missing", s)
		}
	}
}

func TestCountiesAndMunicipalitiesAreThePublishedOnes(t *testing.T) {
	for file, list := range map[string]string{"counties.csv": "lan", "municipalities.csv": "kommun"} {
		f, err := os.Open(testkit.Data(t, "geography/"+file))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(f).ReadAll()
		_ = f.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			if got := ontology.LabelOf(list, row[0], "sv"); got != row[1] {
				t.Errorf("%s %s is %q, published as %q", list, row[0], got, row[1])
			}
		}
		n := 0
		for rec := range ontology.CodeListRecords() {
			if strings.HasPrefix(rec.Key.LocalID, list+"/") {
				n++
			}
		}
		if n != len(rows)-1 {
			t.Errorf("%s has %d codes, published are %d", list, n, len(rows)-1)
		}
	}
}

func TestBrokenListsAreRefused(t *testing.T) {
	const index = "scheme,title_sv,title_en,origin\nx,X,X,Kärna\n"
	const head = "scheme,notation,label_sv,label_en,label_fi,definition_sv,definition_en,broader,replaced_by,exact_match,close_match,broad_match,narrow_match,status,valid_from,valid_to\n"
	good := head + "x,1,Ett,One,,,,,,,,,,,2020-01-01,2021-01-01\n"
	for name, c := range map[string]struct{ index, list, want string }{
		"fits":              {index, good, ""},
		"no list":           {index + "y,Y,Y,Kärna\n", good, "y.csv"},
		"index columns":     {"a,b\n", good, "columns"},
		"columns":           {index, "scheme,notation\n", "columns"},
		"no Swedish label":  {index, head + "x,1,,One,,,,,,,,,,,,\n", "Swedish label"},
		"another's scheme":  {index, head + "y,1,Ett,One,,,,,,,,,,,,\n", "in the file of another"},
		"notation twice":    {index, good + "x,1,Ett,One,,,,,,,,,,,,\n", "twice"},
		"bad date":          {index, head + "x,1,Ett,One,,,,,,,,,,,2020-02-30,\n", "valid_from"},
		"ends before start": {index, head + "x,1,Ett,One,,,,,,,,,,,2020-02-02,2020-02-02\n", "not after"},
		"listed twice":      {index + "x,X,X,Kärna\n", good, "twice"},
		"ragged":            {index, head + "x,1\n", "wrong number of fields"},
	} {
		t.Run(name, func(t *testing.T) {
			var files fs.FS = fstest.MapFS{"codelists/index.csv": {Data: []byte(c.index)}, "codelists/x.csv": {Data: []byte(c.list)}}
			err := ontology.CheckCodeLists(files)
			if (err == nil) != (c.want == "") || (err != nil && !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

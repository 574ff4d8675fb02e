package matching_test

import (
	"strings"
	"testing"

	"github.com/karna-registry/karna/internal/matching"
	"github.com/karna-registry/karna/internal/tabular"
	"github.com/karna-registry/karna/model"
)

func open(t *testing.T, text string) *matching.Source {
	t.Helper()
	s, err := matching.Open(strings.NewReader(text), tabular.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mappingText(t *testing.T, m *matching.Mapping) string {
	t.Helper()
	var b strings.Builder
	if err := m.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestColumnsAreProposed(t *testing.T) {
	for name, c := range map[string]struct {
		table string
		kind  model.Kind
		want  []string
	}{
		"Swedish headers": {"Källa;Förnamn;Efternamn;Födelsedatum;Kön;Gatuadress;Postnr;Postort;Mobil;E-post;Personnummer\na;b;c;1;m;x;1;y;1;z;1\n", model.Person, []string{
			"Källa:        ignored", "Förnamn:      givenName", "Födelsedatum: birthDate", "Kön:          sex", "Gatuadress:   {address: street}",
			"Postnr:       {address: postalCode}", "Postort:      {address: locality}", "Mobil:        phone", "E-post:       email", "Personnummer: {identifier: personnummer}",
		}},
		"FEBRL": {"rec_id, given_name, surname, street_number, address_1, suburb, postcode, state, date_of_birth, soc_sec_id\nrec-1-org, a, b, 1, x, y, 1, z, 18990101, 1\n", model.Person, []string{
			"rec_id:        ignored", "street_number: {address: streetNumber}", "soc_sec_id:    {identifier: ssid}", "state:         {address: region}",
		}},
		"parts of a birth date":       {"fname_c1,fname_c2,lname_c1,lname_c2,by,bm,bd\nA,,B,,1899,1,2\n", model.Person, []string{"by:       birthYear", "bm:       birthMonth", "bd:       birthDay"}},
		"whole name beside its parts": {"full_name,first_name,surname,dob\na b,a,b,1899\n", model.Person, []string{"full_name:  name", "first_name: givenName"}},
		"by values": {"x,y,z,w,v\nanna@example.se,070-1234567,1871-06-24,m,111 22\nkarl@example.se,070-1234568,1872-06-24,k,111 23\n", model.Person, []string{
			"x: email", "y: phone", "z: birthDate", "w: sex", "v: {address: postalCode}",
		}},
		"organisations":                          {"orgnr,namn,adress\n,Haninge kommun,Rudsjöterrassen 2\n", model.Organisation, []string{"orgnr:  {identifier: organisationsnummer}", "namn:   name"}},
		"services":                               {"tjanst,beskrivning,malgrupp\nBygglov,Ansök,Alla\nVatten,Anmäl,Alla2\n", model.Service, []string{"tjanst:      name", "beskrivning: text"}},
		"numbers of rows, and what says nothing": {"namn,nr,land,tom\n" + rowsOf(40), model.Organisation, []string{"nr:   ignored", "land: ignored", "tom:  ignored"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, c.table)
			kind := model.KindUnknown
			if strings.HasPrefix(name, "by values") {
				kind = model.Person
			}
			s.Propose(kind)
			if s.Mapping.Kind != c.kind {
				t.Errorf("kind %v, want %v", s.Mapping.Kind, c.kind)
			}
			got := mappingText(t, s.Mapping)
			for _, w := range c.want {
				if !strings.Contains(got, w) {
					t.Errorf("no %q in\n%s", w, got)
				}
			}
		})
	}
}

func rowsOf(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Join([]string{"Skola " + string(rune('A'+i%7)), "k" + strings.Repeat("1", i+1), "Sverige", ""}, ",") + "\n")
	}
	return b.String()
}

func TestAProposedMappingIsAConfiguration(t *testing.T) {
	s := open(t, "förnamn,efternamn,född,postort,pnr,yrke\nAnna,Berg,1871-06-24,Haninge,1,lärare\nKarl,Berg,1872-06-24,Tyresö,2,präst\n")
	s.Propose(model.KindUnknown)
	c, err := matching.ParseConfig([]byte(mappingText(t, s.Mapping)))
	if err != nil {
		t.Fatal(err)
	}
	m, err := matching.FromConfig(c, s.Header())
	if err != nil {
		t.Fatal(err)
	}
	for i, col := range m.Columns {
		if want := s.Mapping.Columns[i]; col.Attr != want.Attr || col.Scheme != want.Scheme {
			t.Errorf("%s is %v by the configuration, %v was proposed", col.Header, col.Attr, want.Attr)
		}
	}
}

func TestConfigurationsWithMistakesSayWhatToDo(t *testing.T) {
	for text, want := range map[string]string{
		"kind: human": "want one of person",
		"kind: person\ncolumns: {a: {adress: street}}":             "adress",
		"kind: person\ncolumns: {a: {address: road}}":              "want street",
		"kind: person\ncolumns: {a: {}}":                           "want one of property",
		"kind: person\ncolumns: {a: {property: x, address: y}}":    "want one of property",
		"kind: person\ncolumns: {a: {property: email, format: x}}": "birthDate",
		"kind: person\ncolumns: {a: identifier}":                   "{identifier: SCHEME}",
		"delimiter: ab":                                            "one character",
		"colums: {}":                                               "colums",
	} {
		if _, err := matching.ParseConfig([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	c, err := matching.ParseConfig([]byte("kind: person\ncolumns: {nobody: givenName}"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := matching.FromConfig(c, []string{"a"}); err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("a column that is not there: %v", err)
	}
}

func TestTruthFiles(t *testing.T) {
	header := []string{"id", "name"}
	key := func(i int) string { return []string{"a", "b", "c", "d"}[i] }
	for name, c := range map[string]struct {
		text string
		same [][2]int
		diff [][2]int
	}{
		"keys":     {"id,thing\na,1\nb,1\nc,2\n", [][2]int{{0, 1}}, [][2]int{{0, 2}, {2, 3}}},
		"pairs":    {"id_1,id_2\na,b\nb,c\n", [][2]int{{0, 1}, {0, 2}}, [][2]int{{0, 3}}},
		"in order": {"thing\n1\n2\n1\n2\n", [][2]int{{0, 2}, {1, 3}}, [][2]int{{0, 1}}},
		"FEBRL":    {"id,rec\na,rec-7-org\nb,rec-7-dup-0\nc,rec-8-org\n", [][2]int{{0, 1}}, [][2]int{{1, 2}}},
	} {
		t.Run(name, func(t *testing.T) {
			truth, err := matching.ReadTruth(strings.NewReader(c.text), header)
			if err != nil {
				t.Fatal(err)
			}
			of, err := truth.Of(4, key)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range c.same {
				if of[p[0]] != of[p[1]] {
					t.Errorf("%v are two things", p)
				}
			}
			for _, p := range c.diff {
				if of[p[0]] == of[p[1]] {
					t.Errorf("%v are one thing", p)
				}
			}
		})
	}
	truth, err := matching.ReadTruth(strings.NewReader("x,y\nq,1\n"), header)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := truth.Of(4, key); err == nil || !strings.Contains(err.Error(), "--key") {
		t.Errorf("a truth of other keys: %v", err)
	}
}

func TestTheMappingAsPrintedIsAConfiguration(t *testing.T) {
	s := open(t, "Förnamn,\"namn: efter\",# nr,y,E-post\nAnna,Berg,17,x,anna@example.se\nÅsa,Lind,18,z,asa@example.se\n")
	s.Propose(model.Person)
	c, err := matching.ParseConfig([]byte(mappingText(t, s.Mapping)))
	if err != nil {
		t.Fatalf("%v\n%s", err, mappingText(t, s.Mapping))
	}
	m, err := matching.FromConfig(c, s.Header())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range s.Mapping.Columns {
		if got := m.Columns[i]; got.Attr != want.Attr {
			t.Errorf("%s is %v, printed as %v", want.Header, got.Attr, want.Attr)
		}
	}
}

func TestAPropertyThatMatchingDoesNotKnowIsSaid(t *testing.T) {
	c, err := matching.ParseConfig([]byte("kind: person\ncolumns: {a: famlyName, b: familyName, c: text}\n"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := matching.FromConfig(c, []string{"a", "b", "c"})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false, false} {
		if got := strings.Contains(m.Columns[i].Why, "no such property"); got != want {
			t.Errorf("column %d: %q", i, m.Columns[i].Why)
		}
	}
}

func TestRepeatedKeysAreCounted(t *testing.T) {
	first, second := open(t, "id,namn\n1,a\n1,b\n2,c\n"), open(t, "id,namn\n1,a\n2,b\n")
	for _, s := range []*matching.Source{first, second} {
		s.Propose(model.Organisation, "id")
	}
	l, err := matching.Load([]*matching.Source{first, second}, matching.LoadOptions{Key: "id"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := l.Repeated(); n != 1 {
		t.Errorf("%d rows have the key of an earlier one of their file, want 1", n)
	}
}

package csv

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/karna-registry/karna/ingest"
)

func TestAMistakeInTheMappingIsToldWithItsLine(t *testing.T) {
	const head = "records:\n  - kind: person\n    key: id\n    fields:\n"
	for name, c := range map[string]struct{ mapping, place, says string }{
		"unknown key":                 {"nam: x\n", "mapping line 1", `unknown field "nam"`},
		"unknown key of a record":     {"records:\n  - kind: person\n    ky: id\n", "mapping line 3", `unknown field "ky"`},
		"unknown key of a field":      {head + "      - {column: a, propety: givenName}\n", "mapping line 5", `unknown field "propety"`},
		"unknown key of a link":       {head + "      - property: givenName\n        link:\n          kid: x\n", "mapping line 7", `unknown field "kid"`},
		"not YAML":                    {"records: [", "mapping line 1", ""},
		"no records":                  {"name: x\n", "mapping", "no records"},
		"unknown kind":                {"records:\n  - kind: human\n    key: id\n", "mapping line 2", `kind "human"`},
		"no key":                      {"records:\n  - kind: person\n", "mapping line 2", "without a key"},
		"key of no column":            {"records:\n  - {kind: person, key: \"{\"}\n", "mapping line 2", "{ and no }"},
		"unknown property":            {head + "      - {column: a, property: shoeSize}\n", "mapping line 5", `no property "shoeSize"`},
		"derived property":            {"records:\n  - {kind: role, key: id, fields: [{column: a, property: holderName}]}\n", "mapping line 2", "holderName"},
		"no such column":              {head + "      - {column: x, property: givenName}\n", "mapping line 5", `none of the file's 4 columns is called "x"`},
		"column that stands twice":    {head + "      - {column: b, property: givenName}\n", "mapping line 5", "stands twice"},
		"identifier without scheme":   {head + "      - {column: a, property: identifier}\n", "mapping line 5", "without a scheme"},
		"unknown scheme":              {head + "      - {column: a, property: identifier, scheme: kundnr}\n", "mapping line 5", "declare what it proves"},
		"known scheme declared":       {"schemes:\n  personnummer: {unique: false}\n" + head, "mapping line 2", "not a mapping's to say"},
		"unique scheme of no kind":    {"schemes:\n  x: {unique: true}\n" + head, "mapping line 2", "name the kinds"},
		"reservnummer of no region":   {head + "      - {column: a, property: identifier, scheme: reservnummer}\n", "mapping line 5", "reservnummer/REGION"},
		"scheme on a text":            {head + "      - {column: a, property: givenName, scheme: eppn}\n", "mapping line 5", "scheme is for"},
		"two sources of a value":      {head + "      - {column: a, constant: b, property: givenName}\n", "mapping line 5", "exactly one of"},
		"no source of a value":        {head + "      - {property: givenName}\n", "mapping line 5", "exactly one of"},
		"link that leads nowhere":     {"records:\n  - {kind: role, key: id, fields: [{column: a, property: holder}]}\n", "mapping line 2", "say under link"},
		"link to a wrong kind":        {"records:\n  - {kind: role, key: id, fields: [{column: a, property: holder, link: {kind: service}}]}\n", "mapping line 2", "leads to no service"},
		"code without a list":         {"records:\n  - {kind: role, key: id, fields: [{column: a, property: occupationCode}]}\n", "mapping line 2", "no code list"},
		"contact medium":              {"records:\n  - {kind: role, key: id, fields: [{column: a, property: contact}]}\n", "mapping line 2", "medium"},
		"contact use":                 {head + "      - {column: a, property: email, contact: {use: home}}\n", "mapping line 5", `use "home"`},
		"address use":                 {head + "      - {property: address, address: {use: home, street: a}}\n", "mapping line 5", `use "home"`},
		"reference system":            {"records:\n  - {kind: geography, key: id, fields: [{property: point, geometry: {east: id, north: a, crs: RT90}}]}\n", "mapping line 2", "RT90"},
		"condition that says nothing": {"records:\n  - {kind: person, key: id, when: {column: a}}\n", "mapping line 2", "says nothing"},
		"open end of a period":        {"records:\n  - {kind: person, key: id, period: {from: a, to: a}}\n", "mapping line 2", "inclusive"},
		"date layout":                 {head + "      - {column: a, property: birthDate, format: YY-MM-DD}\n", "mapping line 5", "YY-MM-DD"},
		"disclosure":                  {"records:\n  - {kind: person, key: id, disclosure: secret}\n", "mapping line 2", `disclosure "secret"`},
		"encoding":                    {"encoding: utf-16\n" + head, "mapping", "utf-16"},
		"delimiter":                   {"delimiter: ';;'\n" + head, "mapping", "delimiter"},
		"delimiter that is a quote":   {"delimiter: '\"'\n" + head, "mapping", "same character"},
		"decimal":                     {"decimal: dot\n" + head, "mapping", "decimal"},
		"columns beside a header":     {"columns: [a]\n" + head, "mapping", "header: false"},
		"no header and no columns":    {"header: false\n" + head, "mapping", "must be named"},
		"a private telephone":         {"records:\n  - {kind: person, key: id, fields: [{column: a, property: phone, contact: {use: private}}]}\n", "mapping line 2", "never taken"},
		"a telephone of anybody's":    {"records:\n  - {kind: person, key: id, fields: [{column: a, property: phone}]}\n", "mapping line 2", "never taken"},
		"a role's private telephone":  {"records:\n  - {kind: role, key: id, fields: [{column: a, property: contact, contact: {medium: phone, use: private}}]}\n", "mapping line 2", "never taken"},
		"wrong type":                  {"records: 5\n", "mapping line 1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Format{}.Open(strings.NewReader("id,a,b,b\n"), options([]byte(c.mapping)))
			var place *ingest.PlaceError
			if !errors.As(err, &place) || place.Place != c.place || !strings.Contains(place.Reason, c.says) {
				t.Errorf("got %v, want %s: … %s", err, c.place, c.says)
			}
		})
	}
}

func TestAHeaderThatIsDataIsNotTold(t *testing.T) {
	_, err := Format{}.Open(strings.NewReader("1,Siv,Hemlig\n"), options([]byte("records: [{kind: person, key: id}]\n")))
	if err == nil || strings.Contains(err.Error(), "Siv") {
		t.Errorf("got %v", err)
	}
}

func TestTheContextIsTheMappingAndTheHeader(t *testing.T) {
	const mapping = "records: [{kind: person, key: id}]\n"
	context := func(mapping, input string) []byte {
		d, err := Format{}.Open(strings.NewReader(input), options([]byte(mapping)))
		if err != nil {
			t.Fatal(err)
		}
		return d.Context()
	}
	first := context(mapping, "id,a\n1,2\n")
	if !bytes.Equal(first, context(mapping, "id,a\r\n3,4\r\n")) {
		t.Error("other rows are another context")
	}
	if bytes.Equal(first, context(mapping, "a,id\n1,2\n")) {
		t.Error("columns in another order are the same context, and the same bytes mean something else")
	}
	if bytes.Equal(first, context(mapping+"# changed\n", "id,a\n1,2\n")) {
		t.Error("another mapping is the same context")
	}
}

func TestAFileIsOpenedOnlyWithWhatItNeeds(t *testing.T) {
	const mapping = "records: [{kind: person, key: id}]\n"
	for name, c := range map[string]struct{ mapping, input, place string }{
		"no mapping":                 {"", "id\n", "configuration"},
		"empty file":                 {mapping, "", "line 1"},
		"UTF-16":                     {mapping, "\xff\xfei\x00d\x00", "line 1"},
		"a byte order mark and 1252": {"encoding: windows-1252\n" + mapping, "\xef\xbb\xbfid\n", "line 1"},
		"a header that is broken":    {mapping, "\"id\"x\n", "line 1"},
		"a header in Latin-1":        {mapping, "id,namn \xe5\n", "line 1"},
		"a header in UTF-8":          {"encoding: windows-1252\n" + mapping, "id,namn å\n", "line 1"},
		"line ends of CR":            {mapping, "id,a\r1,b\r2,c\r", "line 1"},
		"the same in quotes":         {mapping, "\"id\",\"a\"\"\"\r\"1\",\"b\"\r", "line 1"},
	} {
		_, err := Format{}.Open(strings.NewReader(c.input), options([]byte(c.mapping)))
		var place *ingest.PlaceError
		if !errors.As(err, &place) || place.Place != c.place {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

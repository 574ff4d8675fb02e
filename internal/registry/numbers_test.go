package registry

import (
	"testing"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// TestAPersonalNumberIsTakenOutOfEveryText, and out of nothing that only looks like it:
// a telephone number that could be read, the decimals of a coordinate, an identifier.
func TestAPersonalNumberIsTakenOutOfEveryText(t *testing.T) {
	const number, taken = "191212121212", "[number]"
	phone := func(value string) model.Value {
		return model.Contact{Medium: "phone", Use: "function", Value: value}
	}
	for what, c := range map[string]struct {
		in, want        model.Value
		original, stays string
		issues          int
	}{
		"text":                          {in: model.Text{Text: "för 19121212-1212", Lang: "sv"}, want: model.Text{Text: "för [number]", Lang: "sv"}, original: number, stays: taken, issues: 1},
		"code":                          {in: model.Code{Scheme: "x", Notation: number}, want: model.Code{Scheme: "x", Notation: taken}, issues: 1},
		"e-mail":                        {in: model.Contact{Medium: "email", Value: number + "@a.se"}, want: model.Contact{Medium: "email", Value: "[number]@a.se"}, issues: 1},
		"telephone, unreadable":         {in: phone(number), want: phone(taken), original: " " + number, stays: " " + taken, issues: 1},
		"telephone, half readable":      {in: phone("+46 8 1 el. " + number), want: phone("+46 8 1 el. " + taken), issues: 1},
		"telephone":                     {in: phone("+9001019802"), want: phone("+9001019802"), original: "9001019802", stays: "9001019802"},
		"telephone, with an extension":  {in: phone("+9001019802;ext=12"), want: phone("+9001019802;ext=12"), original: "9001019802 ankn 12", stays: "9001019802 ankn 12"},
		"note":                          {in: model.Link{Role: "r", Note: "se " + number}, want: model.Link{Role: "r", Note: "se [number]"}, issues: 1},
		"geometry":                      {in: model.Geometry{Lon: 1, Original: "1 " + number}, want: model.Geometry{Lon: 1, Original: "1 [number]"}, issues: 1},
		"decimals":                      {in: model.Geometry{Lon: 1, Original: "674032." + number + " 6580821.5"}, want: model.Geometry{Lon: 1, Original: "674032." + number + " 6580821.5"}},
		"date of birth from the number": {in: model.Date{Year: 1912, Month: 12, Day: 12}, want: model.Date{Year: 1912, Month: 12, Day: 12}, original: number, stays: taken},
		"number":                        {in: model.Number(1), want: model.Number(1), original: "1 " + number, stays: "1 " + taken, issues: 1},
		"identifier":                    {in: model.Identifier{Scheme: model.Personnummer, Value: number}, want: model.Identifier{Scheme: model.Personnummer, Value: number}, original: "19121212-1212", stays: "19121212-1212"},
		"link by identifier": {in: model.Link{Ref: model.Reference{Scheme: model.Personnummer, Value: number}}, want: model.Link{Ref: model.Reference{Scheme: model.Personnummer, Value: number}},
			original: "19121212-1212", stays: "19121212-1212"},
		"care of": {in: model.Address{CareOf: number}, want: model.Address{CareOf: taken}, issues: 1},
		"address": {
			in: model.Address{Use: "post", Street: number, StreetNumber: number, Entrance: number, Unit: number, PostalCode: number, Locality: number,
				Municipality: number, County: number, Property: number, Country: number, FullAddress: "Anna, " + number},
			want: model.Address{Use: "post", Street: taken, StreetNumber: taken, Entrance: taken, Unit: taken, PostalCode: taken, Locality: taken,
				Municipality: taken, County: taken, Property: taken, Country: taken, FullAddress: "Anna, [number]"},
			original: number, stays: taken, issues: 1},
	} {
		rec := &model.Record{Statements: []model.Statement{{Property: ontology.OrgContact, Value: c.in, Original: c.original}}}
		takeOutNumbers(rec)
		if got := rec.Statements[0]; got.Value != c.want || got.Original != c.stays || len(rec.Issues) != c.issues {
			t.Errorf("%s: %+v of %q with %d issues, want %+v of %q with %d", what, got.Value, got.Original, len(rec.Issues), c.want, c.stays, c.issues)
		}
	}
}

package normalise

import (
	"testing"

	"github.com/karna-registry/karna/model"
)

// Every spelling that sources.md lists, and what is absent, empty or unforeseen
// in each.
func TestProtectionSpellings(t *testing.T) {
	const (
		none     = model.ProtectionNone
		unknown  = model.ProtectionUnknown
		secrecy  = model.ProtectionSecrecyMarking
		register = model.ProtectionProtectedRegistering
	)
	silent := Flag{}
	odd := Flag{secrecy, true, false}
	is := func(l model.Protection) Flag { return Flag{l, true, true} }
	for spelling, cases := range map[string]map[string]Flag{
		"ss12000": {
			"": silent, "Ingen": is(none), "Sekretessmarkering": is(secrecy), "Skyddad folkbokföring": is(register),
			"ingen": odd, "Kvarskrivning": odd,
		},
		"egil":                 {"": silent, "true": is(secrecy), "false": is(none), "TRUE": is(secrecy), "maybe": odd},
		"isClassified":         {"true": is(secrecy), "false": is(none), "J": is(secrecy), "N": is(none)},
		"classified":           {"1": is(secrecy), "0": is(none), "2": odd},
		"protectedNR":          {"true": is(register), "false": {Known: true}, "": silent, "?": odd},
		"hsa":                  {"true": is(secrecy), "false": is(none)},
		"pu":                   {"true": is(secrecy), "false": is(none)},
		"pu-population":        {"true": is(register), "false": {Known: true}},
		"fhir":                 {"sekretessmarkering": is(secrecy), "skyddadFolkbokforing": is(register), "": silent, "R": odd},
		"lifecare":             {"true": is(secrecy), "false": is(none)},
		"navet-01003":          {"J": is(secrecy), "N": is(none), "": silent},
		"navet-01020":          {"J": is(register), "N": {Known: true}},
		"address":              {"ja": is(secrecy), " Nej ": is(none)},
		"sekretessmarkering":   {"yes": is(secrecy), "no": is(none)},
		"skyddadFolkbokforing": {"yes": is(register)},
		"level": {
			"none": is(none), "unknown": is(unknown), "sekretessmarkering": is(secrecy), "skyddad-folkbokforing": is(register),
			"Skyddad folkbokföring": is(register), "Okänt": is(unknown), "": silent, "hemlig": odd,
		},
	} {
		read := ProtectionSpellings[spelling]
		if read == nil {
			t.Errorf("no spelling %s", spelling)
			continue
		}
		for text, want := range cases {
			if got := read(text); got != want {
				t.Errorf("%s %q: %+v, want %+v", spelling, text, got, want)
			}
		}
	}
	for code, want := range map[string]Flag{"01003": is(secrecy), "01020": is(register), "01001": silent} {
		if got := NavetField(code, "J"); got != want {
			t.Errorf("Navet %s: %+v, want %+v", code, got, want)
		}
	}
	for spelling, read := range ProtectionSpellings {
		if f := read("en stavning som ingen förutsett"); !f.Level.IsProtected() || f.Known {
			t.Errorf("%s opens what it does not know: %+v", spelling, f)
		}
		if f := read(""); f.Said || f.Level != 0 {
			t.Errorf("%s takes silence for %+v", spelling, f)
		}
	}
}

func TestAWordForProtectionIsOfItsJurisdiction(t *testing.T) {
	is := func(l model.Protection) Flag { return Flag{l, true, true} }
	odd := Flag{model.ProtectionSecrecyMarking, true, false}
	for _, c := range []struct {
		jurisdiction, spelling, text string
		want                         Flag
	}{
		{Aland, "level", "turvakielto", is(model.ProtectionSecrecyMarking)},
		{Aland, "level", "Spärrmarkering", is(model.ProtectionSecrecyMarking)},
		{Aland, "level", "ei turvakieltoa", is(model.ProtectionNone)},
		{Aland, "hsa", "kyllä", is(model.ProtectionSecrecyMarking)},
		{Aland, "hsa", "ei", is(model.ProtectionNone)},
		{Aland, "hsa", "ja", is(model.ProtectionSecrecyMarking)},
		{Aland, "level", "skyddad-folkbokforing", is(model.ProtectionProtectedRegistering)},
		{Aland, "level", "", Flag{}},
		{Aland, "level", "hemlig", odd},
		{Finland, "level", "turvakielto", is(model.ProtectionSecrecyMarking)},
		{Sweden, "level", "turvakielto", odd},
		{Sweden, "hsa", "ei", odd},
		{Sweden, "hsa", "ja", is(model.ProtectionSecrecyMarking)},
	} {
		if got := ProtectionIn(c.jurisdiction, ProtectionSpellings[c.spelling], c.text); got != c.want {
			t.Errorf("%s %s %q: %+v, want %+v", c.jurisdiction, c.spelling, c.text, got, c.want)
		}
	}
}

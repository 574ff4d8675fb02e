package normalise

import (
	"maps"
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
	oddly := Flag{register, true, false}
	is := func(l model.Protection) Flag { return Flag{l, true, true} }
	quiet := Flag{Known: true}
	booleans := map[string]Flag{
		"": silent, "  ": silent, "\u00a0": silent, "\ufeff": silent,
		"true": is(secrecy), "TRUE": is(secrecy), "True": is(secrecy), "1": is(secrecy), "J": is(secrecy), "j": is(secrecy), "Ja": is(secrecy), " ja ": is(secrecy), "JA": is(secrecy), "Y": is(secrecy), "yes": is(secrecy), "sant": is(secrecy),
		"Sekretessmarkering": is(secrecy), "sekretessmarkerad": is(secrecy), "Skyddad folkbokföring": is(register),
		"false": is(none), "FALSE": is(none), "0": is(none), "N": is(none), "nej": is(none), "NEJ": is(none), "no": is(none), "Ingen": is(none),
		"2": odd, "maybe": odd, "?": odd, "-": odd, "PROTECTED": odd, "null": odd, "10": odd,
	}
	registrations := map[string]Flag{
		"": silent, "true": is(register), "1": is(register), "J": is(register), "JA": is(register), "SkyddadFolkbokforing": is(register),
		"false": quiet, "0": quiet, "N": quiet, "Nej": quiet, "Ingen": quiet, "PROTECTED_IDENTITY": oddly, "?": oddly, "Sekretessmarkering": is(secrecy),
	}
	levels := map[string]Flag{
		"": silent, "none": is(none), "Ingen": is(none), "INGEN": is(none), "unknown": is(unknown), "Okänt": is(unknown), "okänd": is(unknown),
		"sekretessmarkering": is(secrecy), "Sekretessmarkering": is(secrecy), "SEKRETESSMARKERING": is(secrecy), "Sekretessmarkerad": is(secrecy), "Sekretess\u00admarkering": is(secrecy), "sekretess-markering": is(secrecy),
		"skyddad-folkbokforing": is(register), "Skyddad folkbokföring": is(register), "SKYDDAD FOLKBOKFÖRING": is(register), "skyddad  folkbokforing": is(register), "Skyddad\u00a0folkbokföring": is(register),
		"skyddad_folkbokforing": is(register), "SkyddadFolkbokforing": is(register), "skyddadFolkbokföring": is(register), "SKYDDAD_FOLKBOKFORING": is(register),
		"Skyddad folkbokfo\u0308ring": is(register), "Skyddad folkbokf\xf6ring": is(register), "SKYDDAD FOLKBOKF\xd6RING": is(register),
		"Kvarskrivning": is(register), "kvarskriven": is(register), "Turvakielto": odd,
		"Skyddad folkbokfÃ¶ring": oddly, "Skyddad folkbokf\ufffdring": oddly, "Kvarskrivning 2018": oddly,
		"hemlig": odd, "Skyddad": odd, "inte ingen": odd, "Ingen uppgift": odd,
	}
	tested := map[string]bool{}
	with := func(base, more map[string]Flag) map[string]Flag {
		out := maps.Clone(base)
		maps.Copy(out, more)
		return out
	}
	for spelling, cases := range map[string]map[string]Flag{
		"ss12000":                   with(levels, map[string]Flag{"true": is(secrecy), "false": is(none), "0": is(none)}),
		"egil":                      booleans,
		"isClassified":              booleans,
		"classified":                booleans,
		"protectedNR":               registrations,
		"hsa":                       booleans,
		"pu":                        booleans,
		"pu-population":             registrations,
		"protectedPersonIndicator":  booleans,
		"protectedPopulationRecord": registrations,
		"fhir": with(levels, map[string]Flag{
			"skyddadFolkbokforing": is(register), "R": odd, "true": odd, "N": odd, "DEMO": quiet, "protected-information": is(secrecy),
			"http://electronichealth.se/CodeSystem/SecurityLabel|sekretessmarkering":   is(secrecy),
			"http://electronichealth.se/CodeSystem/SecurityLabel#skyddadFolkbokforing": is(register),
			"http://electronichealth.se/CodeSystem/SecurityLabel|":                     odd,
		}),
		"lifecare":             booleans,
		"navet-01003":          booleans,
		"navet-01020":          registrations,
		"address":              booleans,
		"sekretessmarkering":   booleans,
		"skyddadFolkbokforing": registrations,
		"level":                with(levels, map[string]Flag{"true": odd, "0": odd, "nej": odd}),
	} {
		read := ProtectionSpellings[spelling]
		if read == nil {
			t.Errorf("no spelling %s", spelling)
			continue
		}
		tested[spelling] = true
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
		if !tested[spelling] {
			t.Errorf("%s has no table", spelling)
		}
		if f := read("en stavning som ingen förutsett"); !f.Level.IsProtected() || f.Known {
			t.Errorf("%s opens what it does not know: %+v", spelling, f)
		}
		if f := read(""); f.Said || f.Level != 0 {
			t.Errorf("%s takes silence for %+v", spelling, f)
		}
	}
}

// TestAFieldsNameTellsThatItIsOfProtection: in any case, with anything between its
// words, and under a prefix.
func TestAFieldsNameTellsThatItIsOfProtection(t *testing.T) {
	for name, want := range map[string]model.Protection{
		"securityMarking": model.ProtectionSecrecyMarking, "SecurityMarking": model.ProtectionSecrecyMarking, "security_marking": model.ProtectionSecrecyMarking,
		"isClassified": model.ProtectionSecrecyMarking, "classified": model.ProtectionSecrecyMarking, "protectedPerson": model.ProtectionSecrecyMarking,
		"protectedPersonIndicator": model.ProtectionSecrecyMarking, "Protected": model.ProtectionSecrecyMarking, "sekretessMarkerad": model.ProtectionSecrecyMarking,
		"skydd_Sekretessmarkering": model.ProtectionSecrecyMarking, "Skyddade personuppgifter": model.ProtectionSecrecyMarking,
		"protectedNR": model.ProtectionProtectedRegistering, "protectedPopulationRecord": model.ProtectionProtectedRegistering,
		"SkyddadFolkbokföring": model.ProtectionProtectedRegistering, "skyddad_folkbokforing": model.ProtectionProtectedRegistering,
		"givenName": 0, "protectedBy": 0, "": 0, "sekretessDatum": 0, "unprotected": 0, "securityMarkingDate": 0,
	} {
		read := ProtectionField(name)
		if (read == nil) != (want == 0) {
			t.Errorf("%q: of protection is %t", name, read != nil)
		} else if read != nil && read("J").Level != want {
			t.Errorf("%q: J is %v, want %v", name, read("J").Level, want)
		}
	}
}

func TestFlagsOfOnePersonAddUp(t *testing.T) {
	none, secret, odd := Flag{model.ProtectionNone, true, true}, Flag{model.ProtectionSecrecyMarking, true, true}, Flag{model.ProtectionSecrecyMarking, true, false}
	for _, c := range [][3]Flag{{{}, {}, {}}, {none, {}, none}, {{}, none, none}, {none, secret, secret}, {secret, none, secret}, {none, odd, odd}, {secret, odd, odd}} {
		if got := c[0].Merge(c[1]); got != c[2] {
			t.Errorf("%+v and %+v: %+v, want %+v", c[0], c[1], got, c[2])
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
		{Aland, "level", "ei", is(model.ProtectionNone)},
		{Aland, "level", "kyllä", is(model.ProtectionSecrecyMarking)},
		{Aland, "protectedNR", "ei", Flag{Known: true}},
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

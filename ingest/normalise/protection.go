package normalise

import (
	"strings"

	"github.com/karna-registry/karna/model"
)

// Each source spells that a person is protected in a way of its own. These
// functions read the spellings, one a format, under the rules of privacy.md 2: what
// is absent says nothing (ok is false, and the level stays unknown), and what is
// there in a spelling that nobody foresaw protects (known is false).

// Flag is what a source says of a person's protection.
type Flag struct {
	Level model.Protection
	Said  bool // the source says something
	Known bool // in a spelling that its format has
}

func said(level model.Protection) Flag { return Flag{level, true, true} }

// unforeseen is a flag in a spelling that the format does not have.
func unforeseen() Flag { return Flag{model.ProtectionSecrecyMarking, true, false} }

func words(s string, levels map[string]model.Protection) Flag {
	text, _ := Text(s)
	if text == "" {
		return Flag{}
	}
	if level, ok := levels[strings.ToLower(text)]; ok {
		return said(level)
	}
	return unforeseen()
}

// SecurityMarking reads securityMarking of SS12000:2020, on a person or on a
// reference to one.
func SecurityMarking(s string) Flag {
	switch s {
	case "":
		return Flag{}
	case "Ingen":
		return said(model.ProtectionNone)
	case "Sekretessmarkering":
		return said(model.ProtectionSecrecyMarking)
	case "Skyddad folkbokföring":
		return said(model.ProtectionProtectedRegistering)
	}
	return unforeseen()
}

// ProtectionFlag reads a boolean of the secrecy marking: securityMarking of EGIL's
// SCIM, isClassified and classified of Sundsvall's Employee and Citizen,
// protectedPerson of HSA, protectedPersonIndicator of the PU service,
// Address.Protected of Lifecare. False says that there is none.
func ProtectionFlag(s string) Flag { return boolean(s, model.ProtectionSecrecyMarking) }

// RegistrationFlag reads a boolean of protected population registration:
// protectedNR of Sundsvall's Citizen, protectedPopulationRecord of the PU service.
// False says nothing of the secrecy marking, which another field has.
func RegistrationFlag(s string) Flag {
	f := boolean(s, model.ProtectionProtectedRegistering)
	if f.Level == model.ProtectionNone {
		return Flag{Known: true}
	}
	return f
}

func boolean(s string, level model.Protection) Flag {
	return words(s, map[string]model.Protection{
		"true": level, "1": level, "ja": level, "j": level, "yes": level, "y": level,
		"false": model.ProtectionNone, "0": model.ProtectionNone, "nej": model.ProtectionNone, "n": model.ProtectionNone, "no": model.ProtectionNone,
	})
}

// SecurityLabel reads a code of meta.security in FHIR-SE. A resource without one
// says nothing.
func SecurityLabel(s string) Flag {
	return words(s, map[string]model.Protection{
		"sekretessmarkering":   model.ProtectionSecrecyMarking,
		"skyddadfolkbokforing": model.ProtectionProtectedRegistering,
	})
}

// NavetField reads a field of Navet's #UP lines: 01003, the secrecy marking, and
// 01020, protected population registration. Any other field says nothing.
func NavetField(code, s string) Flag {
	switch code {
	case "01003":
		return ProtectionFlag(s)
	case "01020":
		return RegistrationFlag(s)
	}
	return Flag{}
}

// ProtectionLevel reads a level as the registry spells it, and as people do.
func ProtectionLevel(s string) Flag {
	return words(s, map[string]model.Protection{
		"none": model.ProtectionNone, "ingen": model.ProtectionNone,
		"unknown": model.ProtectionUnknown, "okänd": model.ProtectionUnknown, "okänt": model.ProtectionUnknown,
		"sekretessmarkering": model.ProtectionSecrecyMarking, "sekretessmarkerad": model.ProtectionSecrecyMarking,
		"skyddad-folkbokforing": model.ProtectionProtectedRegistering, "skyddad folkbokföring": model.ProtectionProtectedRegistering,
	})
}

// finnishWords are what Finland and Åland call the marking (lag om
// befolkningsdatasystemet 661/2009, 36 §), and how they say that there is none.
var finnishWords = map[string]model.Protection{
	"turvakielto": model.ProtectionSecrecyMarking, "turvakielto voimassa": model.ProtectionSecrecyMarking,
	"spärrmarkering": model.ProtectionSecrecyMarking, "spärrmarkerad": model.ProtectionSecrecyMarking,
	"kyllä": model.ProtectionSecrecyMarking, "k": model.ProtectionSecrecyMarking,
	"ei": model.ProtectionNone, "e": model.ProtectionNone, "ei turvakieltoa": model.ProtectionNone, "ingen spärrmarkering": model.ProtectionNone,
}

// ProtectionIn is what a reader makes of a text, with the words of a jurisdiction
// beside the spellings that the reader has. A word of another jurisdiction's is
// unforeseen, and protects.
func ProtectionIn(jurisdiction string, read func(string) Flag, s string) Flag {
	f := read(s)
	if !f.Said || f.Known || !isFinnish(jurisdiction) {
		return f
	}
	return words(s, finnishWords)
}

// ProtectionSpellings are the readers by the names that a mapping gives them.
var ProtectionSpellings = map[string]func(string) Flag{
	"level":                ProtectionLevel,
	"ss12000":              SecurityMarking,
	"egil":                 ProtectionFlag,
	"isClassified":         ProtectionFlag,
	"classified":           ProtectionFlag,
	"protectedNR":          RegistrationFlag,
	"hsa":                  ProtectionFlag,
	"pu":                   ProtectionFlag,
	"pu-population":        RegistrationFlag,
	"fhir":                 SecurityLabel,
	"lifecare":             ProtectionFlag,
	"navet-01003":          ProtectionFlag,
	"navet-01020":          RegistrationFlag,
	"address":              ProtectionFlag,
	"sekretessmarkering":   ProtectionFlag,
	"skyddadFolkbokforing": RegistrationFlag,
}

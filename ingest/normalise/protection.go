package normalise

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

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

// Raised tells whether the source says that the person is protected.
func (f Flag) Raised() bool { return f.Said && f.Level.IsProtected() }

// Merge is what two flags of one person say together: the higher level, in a known
// spelling only if both are.
func (f Flag) Merge(g Flag) Flag {
	switch {
	case !g.Said:
		return f
	case !f.Said:
		return g
	}
	return Flag{max(f.Level, g.Level), true, f.Known && g.Known}
}

func said(level model.Protection) Flag { return Flag{level, true, true} }

// levelWords are the levels as people and registers write them, folded and without
// spaces: SKYDDAD_FOLKBOKFORING, skyddad folkbokföring and SkyddadFolkbokforing are
// one word. Kvarskrivning is what skyddad folkbokföring replaced in 2019.
var levelWords = map[string]model.Protection{
	"none": model.ProtectionNone, "ingen": model.ProtectionNone,
	"unknown": model.ProtectionUnknown, "okand": model.ProtectionUnknown, "okant": model.ProtectionUnknown,
	"sekretessmarkering": model.ProtectionSecrecyMarking, "sekretessmarkerad": model.ProtectionSecrecyMarking,
	"skyddadfolkbokforing": model.ProtectionProtectedRegistering,
	"kvarskrivning":        model.ProtectionProtectedRegistering, "kvarskriven": model.ProtectionProtectedRegistering,
}

// yesAndNo are the spellings of a boolean; true is whether it says yes.
var yesAndNo = map[string]bool{
	"true": true, "t": true, "1": true, "ja": true, "j": true, "yes": true, "y": true, "sant": true,
	"false": false, "f": false, "0": false, "nej": false, "n": false, "no": false, "falskt": false,
}

// word is a text as the two lists above have it, whatever its case, its accents,
// their composition, what stands between its words, and its encoding. It is empty
// when nothing is said.
func word(s string) (folded string, some bool) {
	if !utf8.ValidString(s) {
		// Nothing else writes Swedish in bytes that are not UTF-8.
		s, _ = charmap.Windows1252.NewDecoder().String(s)
	}
	text, _ := Text(s)
	return strings.ReplaceAll(Fold(text), " ", ""), text != ""
}

// words reads a level, or a boolean where yes is the level that it stands for.
func words(s string, yes model.Protection) Flag {
	w, some := word(s)
	if !some {
		return Flag{}
	}
	if level, ok := levelWords[w]; ok {
		return said(level)
	}
	if is, ok := yesAndNo[w]; ok && yes != 0 {
		if is {
			return said(yes)
		}
		return said(model.ProtectionNone)
	}
	if strings.Contains(w, "folkbok") || strings.Contains(w, "kvarskriv") {
		return Flag{model.ProtectionProtectedRegistering, true, false}
	}
	return Flag{max(yes, model.ProtectionSecrecyMarking), true, false}
}

// SecurityMarking reads securityMarking of SS12000, on a person or on a reference to
// one: the three words of 2020, and the boolean of the dialect of 2018.
func SecurityMarking(s string) Flag { return words(s, model.ProtectionSecrecyMarking) }

// ProtectionFlag reads a boolean of the secrecy marking: securityMarking of EGIL's
// SCIM, isClassified and classified of Sundsvall's Employee and Citizen (the latter a
// text, N where there is none), protectedPerson of HSA, protectedPersonIndicator of
// the PU service, Address.Protected of Lifecare. False says that there is none.
func ProtectionFlag(s string) Flag { return words(s, model.ProtectionSecrecyMarking) }

// RegistrationFlag reads a boolean of protected population registration:
// protectedNR of Sundsvall's Citizen, protectedPopulationRecord of the PU service.
// False says nothing of the secrecy marking, which another field has.
func RegistrationFlag(s string) Flag {
	f := words(s, model.ProtectionProtectedRegistering)
	if f.Level == model.ProtectionNone {
		return Flag{Known: true}
	}
	return f
}

// SecurityLabel reads a code of meta.security in FHIR-SE, also as system|code. A
// resource without one says nothing, and neither does DEMO, which the value set has
// for resources that are made up.
func SecurityLabel(s string) Flag {
	code := s[strings.LastIndexAny(s, "|#")+1:]
	switch w, _ := word(code); w {
	case "demo":
		return Flag{Known: true}
	case "protectedinformation": // what the code system had before it told the two apart
		return said(model.ProtectionSecrecyMarking)
	}
	if f := words(code, 0); f.Said || code == s {
		return f
	}
	return words(s, 0) // a system, and no code
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
func ProtectionLevel(s string) Flag { return words(s, 0) }

// finnishWords are what Finland and Åland call the marking (lag om
// befolkningsdatasystemet 661/2009, 36 §), and how they say yes and no, folded; each
// with what it is in the words of everybody, of which a reader has the one or the
// other.
var finnishWords = map[string][]string{
	"turvakielto": {"sekretessmarkering"}, "turvakieltovoimassa": {"sekretessmarkering"},
	"sparrmarkering": {"sekretessmarkering"}, "sparrmarkerad": {"sekretessmarkering"},
	"eiturvakieltoa": {"ingen"}, "ingensparrmarkering": {"ingen"},
	"kylla": {"ja", "sekretessmarkering"}, "k": {"ja", "sekretessmarkering"}, "ei": {"nej", "ingen"}, "e": {"nej", "ingen"},
}

// ProtectionIn is what a reader makes of a text, with the words of a jurisdiction
// beside the spellings that the reader has. A word of another jurisdiction's is
// unforeseen, and protects.
func ProtectionIn(jurisdiction string, read func(string) Flag, s string) Flag {
	f := read(s)
	if !f.Said || f.Known || !isFinnish(jurisdiction) {
		return f
	}
	w, _ := word(s)
	for _, same := range finnishWords[w] {
		if g := read(same); g.Known {
			return g
		}
	}
	return f
}

// ProtectionSpellings are the readers by the names that a mapping gives them.
var ProtectionSpellings = map[string]func(string) Flag{
	"level":                     ProtectionLevel,
	"ss12000":                   SecurityMarking,
	"egil":                      ProtectionFlag,
	"isClassified":              ProtectionFlag,
	"classified":                ProtectionFlag,
	"protectedNR":               RegistrationFlag,
	"hsa":                       ProtectionFlag,
	"pu":                        ProtectionFlag,
	"pu-population":             RegistrationFlag,
	"protectedPersonIndicator":  ProtectionFlag,
	"protectedPopulationRecord": RegistrationFlag,
	"fhir":                      SecurityLabel,
	"lifecare":                  ProtectionFlag,
	"navet-01003":               ProtectionFlag,
	"navet-01020":               RegistrationFlag,
	"address":                   ProtectionFlag,
	"sekretessmarkering":        ProtectionFlag,
	"skyddadFolkbokforing":      RegistrationFlag,
}

// protectionFields are the names of fields that say that a person is protected,
// whatever the format, as word leaves them. A name that ends with one counts too:
// skydd_Sekretessmarkering.
var protectionFields = map[string]func(string) Flag{
	"securitymarking":           SecurityMarking,
	"isclassified":              ProtectionFlag,
	"classified":                ProtectionFlag,
	"isprotected":               ProtectionFlag,
	"protected":                 ProtectionFlag,
	"protectedperson":           ProtectionFlag,
	"protectedpersonindicator":  ProtectionFlag,
	"protectedidentity":         ProtectionFlag,
	"sekretess":                 ProtectionFlag,
	"sekretessmark":             ProtectionFlag,
	"sekretessmarkering":        ProtectionFlag,
	"sekretessmarkerad":         ProtectionFlag,
	"turvakielto":               ProtectionFlag,
	"skyddadidentitet":          ProtectionFlag,
	"skyddadepersonuppgifter":   ProtectionFlag,
	"protectednr":               RegistrationFlag,
	"protectedpopulationrecord": RegistrationFlag,
	"skyddadfolkbokforing":      RegistrationFlag,
	"kvarskrivning":             RegistrationFlag,
}

// ProtectionField is how a field of this name says that a person is protected; nil
// when it is about something else. It is for what a format does not have and a
// source delivers all the same: it may raise a flag and never lower one.
func ProtectionField(name string) func(string) Flag {
	w, _ := word(name)
	if read := protectionFields[w]; read != nil {
		return read
	}
	for field, read := range protectionFields {
		if len(field) >= len("securitymarking") && strings.HasSuffix(w, field) {
			return read
		}
	}
	return nil
}

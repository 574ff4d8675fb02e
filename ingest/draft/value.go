package draft

import (
	"strconv"
	"strings"

	"github.com/karna-registry/karna/ingest/normalise"
	"github.com/karna-registry/karna/model"
)

// Text states a text; lang is its language, kept only where the property has
// one.
func Text[P Placer](r *Record, p model.PropertyID, at P, raw, lang string) {
	if raw == "" {
		return
	}
	text, clean := normalise.Text(raw)
	if !clean {
		badText(r, p, at, raw)
	}
	if text == "" {
		return
	}
	if !localized(p) {
		lang = ""
	}
	original := raw
	if text == raw || !clean {
		original = "" // bytes that are no text cannot be kept as one
	}
	r.Add(p, model.Text{Text: text, Lang: lang}, original)
}

func badText[P Placer](r *Record, p model.PropertyID, at P, raw string) {
	Issue(r, p, at, raw, model.IssueBadText, model.Warning, "control characters or bytes of another encoding, replaced; check the encoding that the source says it delivers in")
}

// Date states a date in one of the layouts, ISO 8601 where none is given.
func Date[P Placer](r *Record, p model.PropertyID, at P, raw string, layouts ...normalise.Layout) {
	if d, ok := date(r, p, at, raw, layouts); ok {
		original := raw
		if d.String() == raw {
			original = ""
		}
		r.Add(p, d, original)
	}
}

func date[P Placer](r *Record, p model.PropertyID, at P, raw string, layouts []normalise.Layout) (model.Date, bool) {
	if strings.TrimSpace(raw) == "" {
		return model.Date{}, false
	}
	d, ok := normalise.Date(raw, layouts...)
	if !ok {
		Issue(r, p, at, raw, model.IssueBadDate, model.Failed, "not a date that exists in the form the format states; not taken, correct it in the source")
	}
	return d, ok
}

// Period reads a first and a last day, both in the period, which it makes
// half-open. One that ends before it starts keeps its start only.
func Period[P Placer](r *Record, from P, first string, to P, last string, layouts ...normalise.Layout) model.Period {
	return period(r, from, first, to, last, layouts, normalise.PeriodInclusive)
}

// PeriodUntil is Period where the end is the first day after it.
func PeriodUntil[P Placer](r *Record, from P, first string, to P, end string, layouts ...normalise.Layout) model.Period {
	return period(r, from, first, to, end, layouts, normalise.PeriodExclusive)
}

func period[P Placer](r *Record, from P, first string, to P, end string, layouts []normalise.Layout, join func(a, b model.Date) (model.Period, bool)) model.Period {
	a, _ := date(r, 0, from, first, layouts)
	b, _ := date(r, 0, to, end, layouts)
	out, ok := join(a, b)
	if !ok {
		Issue(r, 0, to, first+"/"+end, model.IssueBadPeriod, model.Failed, "ends before it starts; the end is not taken, correct it in the source")
		out.To = model.Date{}
	}
	return out
}

// Number states a number.
func Number[P Placer](r *Record, p model.PropertyID, at P, raw string) {
	n, ok := normalise.Number(raw)
	number(r, p, at, raw, n, ok)
}

// NumberIn is Number for a source that says which of comma and point is its decimal
// sign.
func NumberIn[P Placer](r *Record, p model.PropertyID, at P, raw string, decimal byte) {
	n, agrees, ok := normalise.NumberIn(raw, decimal)
	if ok && !agrees {
		Issue(r, p, at, raw, model.IssueBadNumber, model.Warning, OtherDecimalSign)
	}
	number(r, p, at, raw, n, ok)
}

// OtherDecimalSign is the issue of a number with another decimal sign than its source
// is said to have.
const OtherDecimalSign = "the decimal sign is not the one that the mapping says; read by the number's own form, check decimal in the mapping"

func number[P Placer](r *Record, p model.PropertyID, at P, raw string, n float64, ok bool) {
	if strings.TrimSpace(raw) == "" {
		return
	}
	if !ok {
		Issue(r, p, at, raw, model.IssueBadNumber, model.Failed, "not a number; not taken, correct it in the source")
		return
	}
	original := raw
	if strconv.FormatFloat(n, 'f', -1, 64) == raw {
		original = ""
	}
	r.Add(p, model.Number(n), original)
}

// Boolean states true or false.
func Boolean[P Placer](r *Record, p model.PropertyID, at P, raw string) {
	if strings.TrimSpace(raw) == "" {
		return
	}
	b, ok := normalise.Boolean(raw)
	if !ok {
		Issue(r, p, at, raw, model.IssueBadBoolean, model.Failed, "neither true nor false in any agreed spelling; not taken, correct it in the source")
		return
	}
	original := raw
	if strconv.FormatBool(b) == raw {
		original = ""
	}
	r.Add(p, model.Boolean(b), original)
}

// Contact states a way to reach someone: medium email, phone or web; use work,
// private, school or function, empty where the source does not say. What cannot be
// read is kept as delivered.
func Contact[P Placer](r *Record, p model.PropertyID, at P, medium, use, raw string) {
	text, clean := normalise.Text(raw)
	if text == "" {
		return
	}
	value, ok := text, false
	if clean {
		value, ok = contact(medium, text, r.Jurisdiction)
	}
	if !ok {
		value = text
		Issue(r, p, at, raw, model.IssueBadContact, model.Warning, "cannot be read as "+medium+"; kept as delivered, correct it in the source")
	}
	original := raw
	if raw == value || !clean {
		original = ""
	}
	r.Add(p, model.Contact{Medium: medium, Use: use, Value: value}, original)
}

func contact(medium, text, jurisdiction string) (string, bool) {
	switch medium {
	case "email":
		return normalise.Email(text)
	case "phone":
		return normalise.Phone(text, jurisdiction)
	default:
		return normalise.Web(text)
	}
}

// AnyContact states a contact whose medium its value tells.
func AnyContact[P Placer](r *Record, p model.PropertyID, at P, use, raw string) {
	text, _ := normalise.Text(raw)
	if text == "" {
		return
	}
	for _, medium := range []string{"email", "phone", "web"} {
		if _, ok := contact(medium, text, r.Jurisdiction); ok {
			Contact(r, p, at, medium, use, raw)
			return
		}
	}
	Issue(r, p, at, raw, model.IssueBadContact, model.Warning, "neither an e-mail address, a telephone number nor a web address; not taken, correct it in the source")
}

// Parts are an address as sources deliver it. Street is the whole street line
// unless StreetNumber is given.
type Parts struct {
	Use, CareOf, Street, StreetNumber, Entrance, Unit string
	PostalCode, Locality, Municipality, County        string
	Property, Country, FullAddress                    string
}

// Address states an address. A part that cannot be read is kept as delivered,
// with an issue, so that the address stays whole.
func Address[P Placer](r *Record, p model.PropertyID, at P, in Parts) {
	clean, unclean := true, ""
	text := func(s string) string {
		t, ok := normalise.Text(s)
		if !ok {
			clean, unclean = false, s
		}
		return t
	}
	out := model.Address{}
	if in.StreetNumber == "" && in.Street != "" {
		street, ok := normalise.StreetAddress(in.Street, r.Jurisdiction)
		if !ok {
			street = model.Address{FullAddress: text(in.Street)}
		}
		out = street
	} else {
		out.Street, out.StreetNumber = text(in.Street), strings.ToUpper(text(in.StreetNumber))
	}
	set := func(field *string, s string) {
		if t := text(s); t != "" {
			*field = t
		}
	}
	set(&out.CareOf, in.CareOf)
	set(&out.Entrance, in.Entrance)
	set(&out.Unit, in.Unit)
	set(&out.Locality, in.Locality)
	set(&out.Property, in.Property)
	set(&out.FullAddress, in.FullAddress)
	checked := func(field *string, s string, read func(string) (string, bool), what string) {
		t := text(s)
		if t == "" {
			return
		}
		v, ok := read(t)
		if !ok {
			v = t
			Issue(r, p, at, s, model.IssueBadText, model.Warning, "a "+what+" in no known form; kept as delivered, correct it in the source")
		}
		*field = v
	}
	foreign := false
	if t := text(in.Country); t != "" {
		code, ok := normalise.Country(t)
		if out.Country = code; !ok {
			out.Country = t
		}
		foreign = out.Country != "SE" && out.Country != "AX" && out.Country != "FI"
	}
	checked(&out.PostalCode, in.PostalCode, func(s string) (string, bool) {
		if code, ok := normalise.PostalCode(s, r.Jurisdiction); ok && !foreign {
			return code, true
		}
		return s, foreign
	}, "postcode")
	checked(&out.Municipality, in.Municipality, normalise.Kommunkod, "municipality code")
	checked(&out.County, in.County, normalise.Lanskod, "county code")
	if !clean {
		badText(r, p, at, unclean)
	}
	if out == (model.Address{}) {
		return
	}
	out.Use = in.Use
	r.Add(p, out, "")
}

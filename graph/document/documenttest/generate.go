package documenttest

import (
	"time"

	"pgregory.net/rapid"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Text draws text of any script, with the characters that formats trip over.
func Text() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{"Åsa", "Öberg", "O'Brien", `a "quoted" \ backslash`, "line\nbreak\r\ttab", "𝄞 clef", "\u0000", "\u007f\u0085\u2028", "<&>{}|^`%20", "", " ", "日本語", "é́", "\ufeff", "\U0010ffff"}),
		rapid.StringMatching(`[A-ZÅÄÖ][a-zåäöé]{1,12}( [A-ZÅÄÖ][a-zåäö]{1,12})?`),
	)
}

// ID draws an id that is not zero.
func ID() *rapid.Generator[model.EntityID] {
	return rapid.Custom(func(t *rapid.T) (id model.EntityID) {
		copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		id[15] |= 1
		return id
	})
}

// Date draws a stated date of any precision.
func Date() *rapid.Generator[model.Date] {
	return rapid.Custom(func(t *rapid.T) model.Date {
		d := model.Date{Year: int16(rapid.IntRange(1, 9999).Draw(t, "year"))}
		if p := rapid.IntRange(0, 2).Draw(t, "precision"); p > 0 {
			d.Month = uint8(rapid.IntRange(1, 12).Draw(t, "month"))
			if p > 1 {
				d.Day = uint8(rapid.IntRange(1, 28).Draw(t, "day"))
			}
		}
		return d
	})
}

// Period draws a period, unbounded as often as not.
func Period() *rapid.Generator[model.Period] {
	return rapid.Custom(func(t *rapid.T) (p model.Period) {
		if rapid.Bool().Draw(t, "from?") {
			p.From = Date().Draw(t, "from")
		}
		if rapid.Bool().Draw(t, "to?") {
			p.To = Date().Draw(t, "to")
		}
		return p
	})
}

// Scheme draws an identifier scheme that is not personal.
func Scheme() *rapid.Generator[model.Scheme] {
	return rapid.SampledFrom([]model.Scheme{model.HSAID, model.EPPN, model.Organisationsnummer, model.Kommunkod, model.Klassa,
		model.EmployeeNumber.Scoped("payroll"), model.LocalID.Scoped("school"), "diary-number", "diary-number/board"})
}

// SealedScheme draws a scheme whose values are personal.
func SealedScheme() *rapid.Generator[model.Scheme] {
	return rapid.SampledFrom([]model.Scheme{model.Personnummer, model.Samordningsnummer, model.Hetu, model.TFNummer, model.Reservnummer.Scoped("01")})
}

// Identifier draws an identifier as it is at rest: a sealed one has no value.
func Identifier() *rapid.Generator[model.Identifier] {
	return rapid.Custom(func(t *rapid.T) model.Identifier {
		v := model.Identifier{Status: model.IdentifierStatus(rapid.IntRange(1, 3).Draw(t, "status"))}
		if rapid.Bool().Draw(t, "sealed") {
			v.Scheme, v.Seal = SealedScheme().Draw(t, "scheme"), ID().Draw(t, "seal")
		} else {
			v.Scheme, v.Value = Scheme().Draw(t, "scheme"), Text().Draw(t, "value")
		}
		return v
	})
}

// Reference draws a reference as it is at rest.
func Reference() *rapid.Generator[model.Reference] {
	return rapid.Custom(func(t *rapid.T) model.Reference {
		switch rapid.IntRange(0, 2).Draw(t, "reference") {
		case 0:
			return model.Reference{Key: model.RecordKey{Source: "school", Kind: kind().Draw(t, "kind"), LocalID: Text().Draw(t, "local id")}}
		case 1:
			return model.Reference{Kind: kind().Draw(t, "kind"), Scheme: Scheme().Draw(t, "scheme"), Value: Text().Draw(t, "value")}
		}
		return model.Reference{Kind: model.Person, Scheme: SealedScheme().Draw(t, "scheme"), Seal: ID().Draw(t, "seal")}
	})
}

func kind() *rapid.Generator[model.Kind] { return rapid.SampledFrom(model.Kinds) }

// Value draws a value for a property. A link is as in a record unless resolved.
func Value(p *ontology.Property, resolved bool) *rapid.Generator[model.Value] {
	return rapid.Custom(func(t *rapid.T) model.Value {
		text := func(label string) string { return Text().Draw(t, label) }
		pick := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }
		switch p.Type {
		case model.TypeText:
			return model.Text{Text: text("text"), Lang: pick("lang", "", "sv", "en", "fi", "se-FI")}
		case model.TypeDate:
			return Date().Draw(t, "date")
		case model.TypeCode:
			return model.Code{Scheme: pick("scheme", "organisation-type", "own", "å/ä"), Notation: text("notation")}
		case model.TypeIdentifier:
			return Identifier().Draw(t, "identifier")
		case model.TypeLink:
			l := model.Link{Role: pick("role", "", "line", "school", "another"), Note: text("note")}
			if resolved {
				l.To, l.Disclosure = ID().Draw(t, "to"), model.Disclosure(rapid.IntRange(1, 4).Draw(t, "disclosure"))
			} else {
				l.Ref = Reference().Draw(t, "ref")
			}
			return l
		case model.TypeNumber:
			return model.Number(number(t, "number"))
		case model.TypeBoolean:
			return model.Boolean(rapid.Bool().Draw(t, "boolean"))
		case model.TypeAddress:
			return model.Address{Use: pick("use", "", "post", "visit", "own"), CareOf: text("care of"), Street: text("street"), StreetNumber: text("number"),
				Entrance: text("entrance"), Unit: text("unit"), PostalCode: text("code"), Locality: text("locality"), Municipality: pick("municipality", "", "0180"),
				County: pick("county", "", "01"), Property: text("property"), Country: pick("country", "", "SE", "FI", "Norge"), FullAddress: text("full")}
		case model.TypeContact:
			return model.Contact{Medium: pick("medium", "email", "phone", "web", "pager"), Use: pick("use", "", "work", "function", "own"), Value: text("contact")}
		case model.TypeGeometry:
			return model.Geometry{Lon: number(t, "lon"), Lat: number(t, "lat"), WKT: text("wkt"), Original: text("original"), CRS: rapid.Uint32().Draw(t, "crs")}
		case model.TypePeriod:
			return Period().Draw(t, "period")
		}
		return nil
	})
}

func number(t *rapid.T, label string) float64 {
	f := rapid.Float64().Draw(t, label)
	if f == 0 {
		return 0 // never a negative zero: it is the same number, printed otherwise
	}
	return f
}

// Golden draws a golden record of a kind with values in property order, some
// of them sealed, some links dangling.
func Golden(k model.Kind) *rapid.Generator[*model.Golden] {
	return rapid.Custom(func(t *rapid.T) *model.Golden {
		g := &model.Golden{ID: ID().Draw(t, "id"), Kind: k, Revision: model.Revision(rapid.IntRange(1, 1000).Draw(t, "revision")),
			Disclosure: model.Disclosure(rapid.IntRange(1, 4).Draw(t, "disclosure")), Period: Period().Draw(t, "exists")}
		for _, p := range ontology.Of(k) {
			for range rapid.SampledFrom([]int{0, 0, 1, 1, 2}).Draw(t, "values") {
				v := model.GoldenValue{Property: p.ID, Value: Value(p, rapid.Bool().Draw(t, "resolved")).Draw(t, p.Name)}
				if rapid.Bool().Draw(t, "bounded") {
					v.Period = Period().Draw(t, "period")
				}
				g.Values = append(g.Values, v)
			}
		}
		return g
	})
}

// AnyGolden draws a golden record of any kind.
func AnyGolden() *rapid.Generator[*model.Golden] {
	return rapid.Custom(func(t *rapid.T) *model.Golden { return Golden(kind().Draw(t, "kind")).Draw(t, "golden") })
}

// Record draws a record as it is at rest, without its Key.
func Record() *rapid.Generator[*model.Record] {
	return rapid.Custom(func(t *rapid.T) *model.Record {
		r := &model.Record{Disclosure: model.Disclosure(rapid.IntRange(0, 4).Draw(t, "disclosure")), Period: Period().Draw(t, "exists")}
		if rapid.Bool().Draw(t, "stamped") {
			r.Stamp = time.Unix(rapid.Int64Range(-1e10, 1e11).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanos")).UTC()
		}
		for _, p := range ontology.Of(kind().Draw(t, "kind")) {
			for range rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "statements") {
				s := model.Statement{Property: p.ID, Value: Value(p, false).Draw(t, p.Name), Original: Text().Draw(t, "original"), Period: Period().Draw(t, "period")}
				if sealed(s.Value) {
					s.Original = ""
				}
				r.Statements = append(r.Statements, s)
			}
		}
		for range rapid.IntRange(0, 2).Draw(t, "issues") {
			r.Issues = append(r.Issues, model.Issue{Property: model.PropertyID(rapid.Uint16().Draw(t, "property")), Place: Text().Draw(t, "place"),
				Code: model.IssueBadDate, Text: Text().Draw(t, "text"), Severity: model.Failed, Original: Text().Draw(t, "original")})
		}
		return r
	})
}

func sealed(v model.Value) bool {
	switch v := v.(type) {
	case model.Identifier:
		return !v.Seal.IsZero()
	case model.Link:
		return !v.Ref.Seal.IsZero()
	}
	return false
}

// Evidence draws the evidence for a number of values.
func Evidence(values int) *rapid.Generator[*model.Evidence] {
	return rapid.Custom(func(t *rapid.T) *model.Evidence {
		e := &model.Evidence{Members: rapid.SliceOfN(ID(), 1, 4).Draw(t, "members")}
		records := func() []uint32 {
			return rapid.SliceOfN(rapid.Uint32Range(0, uint32(len(e.Members)-1)), 1, 3).Draw(t, "records")
		}
		only := rapid.Bool().Draw(t, "only")
		for range values {
			s := model.Support{Rule: model.RuleOnly, Records: []uint32{0}}
			if !only {
				s = model.Support{Rule: model.Rule(rapid.IntRange(1, 10).Draw(t, "rule")), Records: records()}
			}
			e.Support = append(e.Support, s)
		}
		for range rapid.IntRange(0, 2).Draw(t, "alternatives") {
			p := rapid.SampledFrom(ontology.Of(model.Person)).Draw(t, "property")
			e.Alternatives = append(e.Alternatives, model.Alternative{GoldenValue: model.GoldenValue{Property: p.ID, Value: Value(p, true).Draw(t, "value"),
				Period: Period().Draw(t, "period")}, Lost: model.RuleTrust, Records: records()})
		}
		return e
	})
}

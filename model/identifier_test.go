package model_test

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

var delivered = model.Date{Year: 2025, Month: 5, Day: 17}

func published[T any](t *testing.T, name string) []T {
	t.Helper()
	raw, err := os.ReadFile(testkit.Data(t, "identifiers/"+name))
	if err != nil {
		t.Fatal(err)
	}
	var out []T
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func codeOf(t *testing.T, err error) model.FailureCode {
	t.Helper()
	var bad *model.IdentifierError
	if !errors.As(err, &bad) {
		t.Fatalf("error %v is not an *IdentifierError", err)
	}
	return bad.Code
}

func TestEveryPublishedPersonnummerIsAccepted(t *testing.T) {
	numbers := published[string](t, "personnummer-test-numbers.json")
	if len(numbers) != 41129 {
		t.Fatalf("%d published numbers, want 41129", len(numbers))
	}
	checkPublished(t, model.Personnummer, numbers)
}

func TestEveryPublishedSamordningsnummerIsAccepted(t *testing.T) {
	numbers := published[string](t, "samordningsnummer-test-numbers.json")
	if len(numbers) != 2264 {
		t.Fatalf("%d published numbers, want 2264", len(numbers))
	}
	checkPublished(t, model.Samordningsnummer, numbers)
}

// checkPublished reads each number in each of its spellings, on its own and in
// a field that holds several schemes.
func checkPublished(t *testing.T, scheme model.Scheme, numbers []string) {
	t.Helper()
	for _, n := range numbers {
		sign := "-"
		if n[:4] <= "1925" { // 100 or more in the year of the delivery
			sign = "+"
		}
		spellings := []string{n, n[:8] + "-" + n[8:], n[2:8] + sign + n[8:], "  " + n + "\t"}
		if sign == "-" {
			spellings = append(spellings, n[2:])
		}
		for _, s := range spellings {
			id, err := model.ParseIdentifier(scheme, s, delivered)
			if err != nil || id.Value != n || id.Status != model.IdentifierValid {
				t.Fatalf("published number %s spelt %q: got %+v, %v", n, s, id, err)
			}
			if !model.LooksPersonal(s) || !model.ContainsPersonal("id "+s) {
				t.Fatalf("published number spelt %q does not look personal", s)
			}
		}
		if id, err := model.ParsePersonalNumber(n, delivered); err != nil || id.Scheme != scheme {
			t.Fatalf("published number %s: read as %s, %v", n, id.Scheme, err)
		}
		if !model.IsPersonalNumber(n) || !model.IsPersonalNumber(n[2:]) {
			t.Fatalf("published number %s is not a personal number", n)
		}
		born, ok := model.BirthDate(scheme, n)
		if scheme == model.Personnummer && (!ok || strings.ReplaceAll(born.String(), "-", "") != n[:8]) {
			t.Fatalf("published number %s: born %s, %v", n, born, ok)
		}
		if got, want := model.Mask(scheme, n), n[:8]+"-****"; got != want {
			t.Fatalf("mask %q, want %q", got, want)
		}
	}
}

// A single wrong digit among the last ten always breaks the Luhn formula, so
// every such change has to be refused; one in the century is not covered by it.
func TestEveryOneDigitChangeIsRejectedWithAReason(t *testing.T) {
	for scheme, file := range map[model.Scheme]string{
		model.Personnummer:      "personnummer-test-numbers.json",
		model.Samordningsnummer: "samordningsnummer-test-numbers.json",
	} {
		for i, n := range published[string](t, file) {
			if i%97 != 0 {
				continue
			}
			for at := 2; at < len(n); at++ {
				for d := byte('0'); d <= '9'; d++ {
					if d == n[at] {
						continue
					}
					broken := n[:at] + string(d) + n[at+1:]
					id, err := model.ParseIdentifier(scheme, broken, delivered)
					if err == nil {
						t.Fatalf("%s %s with digit %d changed to %c was accepted", scheme, n, at, d)
					}
					if id.Status != model.IdentifierFailed || id.Value != broken || codeOf(t, err) == "" {
						t.Fatalf("broken value not kept as failed: %+v %v", id, err)
					}
					if strings.Contains(err.Error(), broken) || strings.Contains(err.Error(), broken[8:]) {
						t.Fatalf("the error holds the value: %v", err)
					}
				}
			}
		}
	}
}

func TestIdentifierRules(t *testing.T) {
	cases := []struct {
		name   string
		scheme model.Scheme
		in     string
		want   string            // canonical, when it passes
		code   model.FailureCode // reason, when it does not
	}{
		{"ten digits of someone young", model.Personnummer, "2301012395", "202301012395", ""},
		{"ten digits of someone old without a sign is read as near", model.Personnummer, "900101-9802", "199001019802", ""},
		{"a plus means a hundred years or more", model.Personnummer, "900101+9802", "189001019802", ""},
		{"a plus in twelve digits", model.Personnummer, "18900101+9802", "189001019802", ""},
		{"a plus on someone young", model.Personnummer, "20230101+2395", "", model.FailCentury},
		{"separator out of place", model.Personnummer, "18900-1019802", "", model.FailSeparator},
		{"separator within ten digits", model.Personnummer, "90010-19802", "", model.FailSeparator},
		{"two separators", model.Personnummer, "1890-01-019802", "", model.FailLength},
		{"eleven digits", model.Personnummer, "18900101980", "", model.FailLength},
		{"thirteen digits", model.Personnummer, "1890010198020", "", model.FailLength},
		{"a space before the last four", model.Personnummer, "18900101 9802", "", model.FailSeparator},
		{"letters", model.Personnummer, "1890O1019802", "", model.FailCharacters},
		{"letters last", model.Personnummer, "18900101980X", "", model.FailCharacters},
		{"month 13", model.Personnummer, "189013019807", "", model.FailDate},
		{"day 00", model.Personnummer, "189001009803", "", model.FailDate},
		{"day 92, beyond a coordination number's", model.Personnummer, "189001929806", "", model.FailDate},
		{"29 February in a common year", model.Personnummer, "189002299806", "", model.FailDate},
		{"birth number 000", model.Personnummer, "189001010009", "", model.FailBirthNumber},
		{"wrong check digit", model.Personnummer, "189001019803", "", model.FailCheckDigit},
		{"a year nobody can have", model.Personnummer, "169001019802", "", model.FailCentury},
		{"born after the delivery", model.Personnummer, "209001019802", "", model.FailFuture},
		{"a coordination number as personnummer", model.Personnummer, "191401682396", "", model.FailOtherScheme},
		{"nothing", model.Personnummer, "  ", "", model.FailEmpty},

		{"a personnummer as coordination number", model.Samordningsnummer, "189001019802", "", model.FailOtherScheme},
		{"day 92", model.Samordningsnummer, "191401922397", "", model.FailDate},
		{"month 13 in a coordination number", model.Samordningsnummer, "191413682391", "", model.FailDate},

		{"interim number in lower case", model.TFNummer, "20000101-t220", "20000101T220", ""},
		{"interim number of ten characters", model.TFNummer, "000101T220", "20000101T220", ""},
		{"TF number of a school", model.TFNummer, "20101231TF02", "20101231TF02", ""},
		{"an ordinary number as TF number", model.TFNummer, "189001019802", "", model.FailLetter},
		{"two letters that are not TF", model.TFNummer, "20000101AB01", "", model.FailCharacters},
		{"TF number with an impossible date", model.TFNummer, "20000230TF01", "", model.FailDate},

		{"a company", model.Organisationsnummer, "556016-0680", "5560160680", ""},
		{"a company with 16", model.Organisationsnummer, "16556016-0680", "5560160680", ""},
		{"Luhn is not proof", model.Organisationsnummer, "555555-5555", "5555555555", ""},
		{"a company with another prefix", model.Organisationsnummer, "195560160680", "", model.FailForm},
		{"a third digit of 1", model.Organisationsnummer, "5511160684", "", model.FailThirdDigit},
		{"a company with a plus", model.Organisationsnummer, "556016+0680", "", model.FailSeparator},
		{"a company with letters", model.Organisationsnummer, "55601606X0", "", model.FailCharacters},
		{"a sole trader with the prefix of companies", model.Organisationsnummer, "165102179974", "", model.FailThirdDigit},

		{"hsa-id in lower case", model.HSAID, "se2321000016-1a3b", "SE2321000016-1A3B", ""},
		{"hsa-id without country", model.HSAID, "2321000016-1003ABC", "", model.FailForm},
		{"hsa-id without hyphen", model.HSAID, "SE23210000161003", "", model.FailSeparator},
		{"hsa-id with nothing after the hyphen", model.HSAID, "SE2321000016-", "", model.FailLength},
		{"hsa-id of 31 characters", model.HSAID, "SE2321000016-" + strings.Repeat("X", 18), "SE2321000016-" + strings.Repeat("X", 18), ""},
		{"hsa-id of 32 characters", model.HSAID, "SE2321000016-" + strings.Repeat("X", 19), "", model.FailLength},
		{"hsa-id with Swedish letters", model.HSAID, "SE2321000016-ÅÄÖ", "", model.FailCharacters},

		{"municipality code", model.Kommunkod, "0180", "0180", ""},
		{"municipality code without its zero", model.Kommunkod, "180", "", model.FailLength},
		{"county code", model.Lanskod, "01", "01", ""},
		{"county code with letters", model.Lanskod, "AB", "", model.FailCharacters},
		{"Mariehamn", model.Kuntakoodi, "478", "478", ""},
		{"school unit code", model.Skolenhetskod, "12345678", "12345678", ""},
		{"school unit code too short", model.Skolenhetskod, "1234567", "", model.FailLength},
		{"workplace number", model.CFAR, "01234567", "01234567", ""},

		{"FO number", model.FONummer, "0112038-9", "0112038-9", ""},
		{"FO number with a wrong check digit", model.FONummer, "0112038-8", "", model.FailCheckDigit},
		{"FO number whose remainder is 1", model.FONummer, "0000046-0", "", model.FailCheckDigit},
		{"FO number without hyphen", model.FONummer, "01120389", "0112038-9", ""},
		{"FO number with a dot", model.FONummer, "0112038.9", "", model.FailSeparator},

		{"eppn", model.EPPN, "Elev1@Skola.example.SE", "elev1@skola.example.se", ""},
		{"eppn without scope", model.EPPN, "elev1@", "", model.FailForm},
		{"eppn with two signs", model.EPPN, "a@b@c", "", model.FailForm},
		{"eppn with a space", model.EPPN, "a b@c", "", model.FailCharacters},

		{"reserve number as given", model.Reservnummer.Scoped("01"), " 99-AB 12 ", "99-AB 12", ""},
		{"employee number keeps its zeros and case", model.EmployeeNumber.Scoped("payroll"), "00aB", "00aB", ""},
		{"a scheme nobody declared", "locker", "12 B", "12 B", ""},
		{"a scheme nobody declared, with a control character", "locker", "12\x00B", "", model.FailCharacters},
		{"a scheme nobody declared, not UTF-8", "locker", "12\xffB", "", model.FailCharacters},
		{"object identity", model.Objektidentitet, "909A6A63-33BC-90EC-E040-ED8F66444C3F", "909a6a63-33bc-90ec-e040-ed8f66444c3f", ""},
		{"object identity of another form", model.Objektidentitet, "X 12", "X 12", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			id, err := model.ParseIdentifier(c.scheme, c.in, delivered)
			if c.code != "" {
				if err == nil {
					t.Fatalf("%q accepted as %q", c.in, id.Value)
				}
				if got := codeOf(t, err); got != c.code {
					t.Fatalf("code %q, want %q (%v)", got, c.code, err)
				}
				return
			}
			if err != nil || id.Value != c.want {
				t.Fatalf("got %q, %v, want %q", id.Value, err, c.want)
			}
			again, err := model.ParseIdentifier(c.scheme, id.Value, delivered)
			if err != nil || again != id {
				t.Fatalf("canonical value is no fixed point: %+v, %v", again, err)
			}
		})
	}
}

func TestTwoDigitYearsAreReadAgainstTheDeliveryNotToday(t *testing.T) {
	cases := []struct {
		in   string
		asOf model.Date
		want string
	}{
		{"2301012395", model.Date{Year: 2023, Month: 1, Day: 1}, "202301012395"},
		{"2301012395", model.Date{Year: 2022, Month: 12, Day: 31}, "192301012395"},
		{"2301012395", model.Date{Year: 2023}, "202301012395"},
		{"230101+2395", model.Date{Year: 2023, Month: 1, Day: 1}, "192301012395"},
		{"230101+2395", model.Date{Year: 2022, Month: 12, Day: 31}, "182301012395"},
		{"900101-9802", model.Date{Year: 1950, Month: 6, Day: 1}, "189001019802"},
		{"900101-9802", model.Date{Year: 2050, Month: 6, Day: 1}, "199001019802"},
	}
	for _, c := range cases {
		id, err := model.ParseIdentifier(model.Personnummer, c.in, c.asOf)
		if err != nil || id.Value != c.want {
			t.Errorf("%s as of %s: got %q, %v, want %q", c.in, c.asOf, id.Value, err, c.want)
		}
	}
	if _, err := model.ParseIdentifier(model.Personnummer, "2301012395", model.Date{}); codeOf(t, err) != model.FailCentury {
		t.Errorf("ten digits without a date: %v", err)
	}
	if id, err := model.ParseIdentifier(model.Personnummer, "202301012395", model.Date{}); err != nil || id.Value != "202301012395" {
		t.Errorf("twelve digits need no date: %q, %v", id.Value, err)
	}
}

func TestInterimNumbersAsPublished(t *testing.T) {
	type interim struct {
		Long          string `json:"long_format"`
		Short         string `json:"short_format"`
		Separated     string `json:"separated_format"`
		SeparatedLong string `json:"separated_long"`
		Valid         bool
	}
	for _, c := range published[interim](t, "interim.json") {
		for _, s := range []string{c.Long, c.Short, c.Separated, c.SeparatedLong} {
			id, err := model.ParseIdentifier(model.TFNummer, s, delivered)
			if (err == nil) != c.Valid {
				t.Errorf("%s: %v, published valid=%v", s, err, c.Valid)
			}
			if c.Valid && id.Value != c.Long {
				t.Errorf("%s: canonical %s, want %s", s, id.Value, c.Long)
			}
			if c.Valid && !model.LooksPersonal(s) {
				t.Errorf("%s does not look personal", s)
			}
		}
	}
}

func TestOrganisationsnummerAsPublished(t *testing.T) {
	type organisation struct {
		Input string
		Long  string `json:"long_format"`
		Short string `json:"short_format"`
		VAT   string `json:"vat_number"`
		Valid bool
		Type  string
	}
	for _, c := range published[organisation](t, "organisationsnummer-cases.json") {
		for _, s := range []string{c.Input, c.Long} {
			id, err := model.ParseIdentifier(model.Organisationsnummer, s, delivered)
			if (err == nil) != c.Valid {
				t.Errorf("%s: %v, published valid=%v", s, err, c.Valid)
				continue
			}
			if !c.Valid {
				continue
			}
			if id.Value != c.Short {
				t.Errorf("%s: canonical %s, want %s", s, id.Value, c.Short)
			}
			soleTrader := c.Type == "Enskild firma"
			for _, spelt := range []string{s, id.Value, c.VAT} {
				if got := model.LooksPersonal(spelt); got != soleTrader {
					t.Errorf("%s looks personal: %v, want %v", spelt, got, soleTrader)
				}
			}
			if got := model.IsPersonalNumber(id.Value); got != soleTrader {
				t.Errorf("%s is a personal number: %v, want %v", id.Value, got, soleTrader)
			}
			want := id.Value
			if soleTrader {
				want = id.Value[:6] + "-****"
			}
			if got := model.Mask(model.Organisationsnummer, id.Value); got != want {
				t.Errorf("mask %s, want %s", got, want)
			}
		}
	}
}

func TestPensionFundsAreOrganisationsAndNobody(t *testing.T) {
	type fund struct {
		Short     string `json:"short_format"`
		Separated string `json:"separated_format"`
	}
	for _, c := range published[fund](t, "orgnumber.json") {
		for _, s := range []string{c.Short, c.Separated} {
			if id, err := model.ParseIdentifier(model.Organisationsnummer, s, delivered); err != nil || id.Value != c.Short {
				t.Errorf("%s: %q, %v", s, id.Value, err)
			}
			if _, err := model.ParseIdentifier(model.Personnummer, s, delivered); err == nil {
				t.Errorf("%s accepted as a personnummer", s)
			}
			if model.IsPersonalNumber(s) || model.LooksPersonal(s) {
				t.Errorf("%s looks personal", s)
			}
		}
	}
}

// The Finnish catalogue's municipalities and organisations carry business ids
// and municipality codes that others gave out.
func TestFinnishBusinessIdsAndMunicipalityCodesAsPublished(t *testing.T) {
	read := func(name string) (rows []map[string]any) {
		raw, err := os.ReadFile(testkit.Data(t, "ptv/"+name))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, &rows); err != nil {
			t.Fatal(err)
		}
		return rows
	}
	checked := 0
	check := func(scheme model.Scheme, v any) {
		s, _ := v.(string)
		if s == "" {
			return
		}
		checked++
		id, err := model.ParseIdentifier(scheme, s, delivered)
		if err != nil || strings.ReplaceAll(id.Value, "-", "") != strings.ReplaceAll(strings.TrimSpace(s), "-", "") {
			t.Errorf("%s %q: %q, %v", scheme, s, id.Value, err)
		}
	}
	for _, row := range read("municipalities.json") {
		check(model.FONummer, row["businessId"])
		check(model.Kuntakoodi, row["municipalityCode"])
	}
	for _, row := range read("organizations.json") {
		check(model.FONummer, row["businessID"])
	}
	if checked < 600 {
		t.Errorf("%d values checked", checked)
	}
}

func TestFONummerRejectsEveryOneDigitChange(t *testing.T) {
	const v = "0112038-9"
	for at := range len(v) {
		if v[at] == '-' {
			continue
		}
		for d := byte('0'); d <= '9'; d++ {
			broken := v[:at] + string(d) + v[at+1:]
			if _, err := model.ParseIdentifier(model.FONummer, broken, delivered); (err == nil) != (broken == v) {
				t.Errorf("%s: %v", broken, err)
			}
		}
	}
}

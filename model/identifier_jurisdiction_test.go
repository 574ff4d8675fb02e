package model_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/karna-registry/karna/model"
)

func TestAPersonalNumberIsOneOfTheJurisdiction(t *testing.T) {
	for _, c := range []struct {
		jurisdiction, value string
		scheme              model.Scheme
		ok                  bool
	}{
		{"SE", "189001019802", model.Personnummer, true},
		{"SE", "191401682396", model.Samordningsnummer, true},
		{"SE", "030475+1146", model.Personnummer, false},
		{"AX", "030475+1146", model.Hetu, true},
		{"AX", "240691+330E", model.Hetu, true},
		{"AX", "189001019802", model.Hetu, false},
		{"", "030475+1146", model.Hetu, true},
		{"", "189001019802", model.Personnummer, true},
	} {
		id, err := model.ParsePersonalNumberIn(c.jurisdiction, c.value, delivered)
		var rule *model.IdentifierError
		if id.Scheme != c.scheme || (err == nil) != c.ok || err != nil && !errors.As(err, &rule) {
			t.Errorf("%s %s: %s, %v", c.jurisdiction, c.value, id.Scheme, err)
		}
	}
}

// Some numbers are one of either country's: only the jurisdiction tells.
func TestTheJurisdictionTellsWhatPassesEitherRule(t *testing.T) {
	both := 0
	for n := 2; n < 900; n++ {
		for _, check := range "0123456789" {
			v := fmt.Sprintf("280315+%03d%c", n, check)
			_, swedish := model.ParseIdentifier(model.Personnummer, v, delivered)
			_, finnish := model.ParseIdentifier(model.Hetu, v, delivered)
			if swedish != nil || finnish != nil {
				continue
			}
			both++
			for jurisdiction, want := range map[string]model.Scheme{"SE": model.Personnummer, "AX": model.Hetu} {
				if id, err := model.ParsePersonalNumberIn(jurisdiction, v, delivered); err != nil || id.Scheme != want {
					t.Errorf("%s reads one as %s: %v", jurisdiction, id.Scheme, err)
				}
			}
		}
	}
	if both == 0 {
		t.Error("no number passes both rules: this tests nothing")
	}
}

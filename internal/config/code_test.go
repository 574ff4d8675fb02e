package config_test

import (
	"strings"
	"testing"

	"github.com/karna-registry/karna/internal/config"
)

// The code names the tenant in the store, and nobody wants to find out later that it
// is another one's.
func TestAMunicipalityCodeHasTheFormOfItsJurisdiction(t *testing.T) {
	for code, want := range map[string]string{
		`"0136"`:                   "",
		`'0136'`:                   "",
		`1280`:                     "",
		`"478", jurisdiction: AX`:  "",
		`0136`:                     `karna.yaml:2: tenant.code is 0136 without quotes, which YAML reads as 94: write "0136"`,
		`0180`:                     "", // no octal number, so YAML leaves it a text
		`"180"`:                    `karna.yaml:2: tenant.code is "180": want the four digits`,
		`"01366"`:                  `karna.yaml:2: tenant.code is "01366": want the four digits`,
		`"013a"`:                   `karna.yaml:2: tenant.code is "013a": want the four digits`,
		`"0478", jurisdiction: AX`: `karna.yaml:2: tenant.code is "0478": want the three digits`,
		`""`:                       "karna.yaml: tenant.code is missing",
	} {
		_, err := config.Parse([]byte("tenant: {name: X, baseIRI: 'https://data.example.se',\n  code: "+code+"}\n"), "karna.yaml")
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%s: %v, want %s", code, err, want)
		}
	}
}

// Every text of karna.yaml is as it is written.
func TestNoTextOfTheConfigurationIsReadAsANumber(t *testing.T) {
	const tenant = "tenant: {code: \"0136\", name: X, baseIRI: \"https://data.example.se\"}\n"
	const source = "sources:\n  - {name: hr, authority: A, purpose: p, legalBasis: l, retention: r, format: csv, delivers: full, "
	for text, want := range map[string]string{
		source + "owner: 0171}\n":                          "karna.yaml:3: sources[0].owner is 0171 without quotes, which YAML reads as 121",
		source + "type: 1.10}\n":                           "karna.yaml:3: sources[0].type is 1.10 without",
		source + "trust: 050}\n":                           "karna.yaml:3: sources[0].trust is 050, which YAML reads as 40",
		"login: {oidc: {require: {municipality: 0136}}}\n": "karna.yaml:2: login.oidc.require.municipality is 0136 without",
		"login: {oidc: {rights: [{claim: groups, value: True, role: reader}]}}\n": "karna.yaml:2: login.oidc.rights[0].value is True without",
	} {
		_, err := config.Parse([]byte(tenant+text), "karna.yaml")
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

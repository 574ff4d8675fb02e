package config

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Login is who may log in, and what they may do then. Machine tokens need none.
type Login struct {
	OIDC *OIDC `yaml:"oidc"`
}

// OIDC is the municipality's OpenID provider.
type OIDC struct {
	Issuer           string            `yaml:"issuer"`
	ClientID         string            `yaml:"clientID"`
	ClientSecretFile string            `yaml:"clientSecretFile"`
	Audience         string            `yaml:"audience"` // of access tokens; none are taken without
	Redirect         string            `yaml:"redirect"` // {tenant.baseIRI}/login/callback unless said
	Scopes           []string          `yaml:"scopes"`
	Name             string            `yaml:"name"` // the claim that the audit names people by
	Require          map[string]string `yaml:"require"`
	Session          string            `yaml:"session"`
	Rights           []Right           `yaml:"rights"`
}

// Right is what those get of whom a claim says a value.
type Right struct {
	Claim       string   `yaml:"claim"`
	Value       string   `yaml:"value"`
	Role        string   `yaml:"role"`
	Scopes      []string `yaml:"scopes"`
	Authorities []string `yaml:"authorities"`
	All         bool     `yaml:"allAuthorities"`
	Purpose     string   `yaml:"purpose"` // why they may, where there are scopes
}

// Sharing lets an authority read another's restricted values.
type Sharing struct {
	From       string `yaml:"from"`
	To         string `yaml:"to"`
	Purpose    string `yaml:"purpose"`
	LegalBasis string `yaml:"legalBasis"`
	Until      string `yaml:"until"` // the last day
}

// TLS is how the server is reached when others than this machine can.
type TLS struct {
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
	// Terminated: a proxy before this server speaks TLS, and nobody else can reach it.
	Terminated bool `yaml:"terminated"`
}

// EnvClientSecret is the OpenID client's secret, instead of a file.
const EnvClientSecret = "KARNA_OIDC_CLIENT_SECRET"

// SessionLife is how long a login lasts; 0 when it is not said.
func (o *OIDC) SessionLife() (time.Duration, error) {
	if o.Session == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(o.Session)
	if err != nil || d < time.Minute || d > 24*time.Hour {
		return 0, fmt.Errorf("session is %q: want from 1m to 24h, such as 8h", o.Session)
	}
	return d, nil
}

// End is the moment from which the rule no longer holds.
func (s *Sharing) End() (time.Time, error) {
	day, err := time.Parse(time.DateOnly, s.Until)
	if err != nil {
		return time.Time{}, fmt.Errorf("until is %q: want the last day, such as 2027-12-31", s.Until)
	}
	return day.AddDate(0, 0, 1), nil
}

func (c *Config) checkLogin() error {
	if c.TLS != nil && (c.TLS.Cert == "") != (c.TLS.Key == "") {
		return errors.New("tls: give both cert and key")
	}
	if c.TLS != nil && c.TLS.Cert != "" && c.TLS.Terminated {
		return errors.New("tls: TLS ends here by cert and key, or before at a proxy (terminated), not both")
	}
	authorities := map[string]bool{}
	for _, s := range c.Sources {
		authorities[s.Authority] = true
	}
	for i := range c.Sharing {
		if err := c.Sharing[i].check(authorities); err != nil {
			return fmt.Errorf("sharing[%d]: %w", i, err)
		}
	}
	if c.Login == nil || c.Login.OIDC == nil {
		return nil
	}
	if err := c.Login.OIDC.check(authorities); err != nil {
		return fmt.Errorf("login.oidc: %w", err)
	}
	if c.Login.OIDC.Redirect == "" {
		c.Login.OIDC.Redirect = c.Tenant.BaseIRI + "/login/callback"
	}
	return nil
}

func (s *Sharing) check(authorities map[string]bool) error {
	if s.Purpose == "" || s.LegalBasis == "" {
		return errors.New("purpose and legalBasis must be stated: secrecy holds between authorities")
	}
	if s.From == s.To {
		return fmt.Errorf("from and to are both %q", s.From)
	}
	if !authorities[s.From] {
		return fmt.Errorf("from: no source has the authority %q", s.From)
	}
	if s.To == "" {
		return errors.New("to is missing")
	}
	_, err := s.End()
	return err
}

func (o *OIDC) check(authorities map[string]bool) error {
	if o.Issuer == "" || o.ClientID == "" {
		return errors.New("issuer and clientID are missing: the provider's administrator gives them")
	}
	if o.Redirect != "" {
		if u, err := url.Parse(o.Redirect); err != nil || u.Scheme != "https" && u.Scheme != "http" || !strings.HasSuffix(u.Path, "/login/callback") {
			return fmt.Errorf("redirect is %q: want the address of /login/callback as browsers reach it", o.Redirect)
		}
	}
	if _, err := o.SessionLife(); err != nil {
		return err
	}
	for i, r := range o.Rights {
		if r.Claim == "" || r.Value == "" || r.Role == "" {
			return fmt.Errorf("rights[%d]: claim, value and role must be stated", i)
		}
		if len(r.Scopes) > 0 && r.Purpose == "" {
			return fmt.Errorf("rights[%d]: purpose must be stated where there are scopes: it is in the audit with what is read", i)
		}
		for _, a := range r.Authorities {
			if !authorities[a] {
				return fmt.Errorf("rights[%d]: no source has the authority %q", i, a)
			}
		}
	}
	return nil
}

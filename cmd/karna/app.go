package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/postgres"
	"github.com/karna-registry/karna/graph/sqlite"
	"github.com/karna-registry/karna/ingest/formats"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/config"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// app is what the commands share: the global flags, and how to open what they
// name.
type app struct {
	configPath string
	storeFlag  string
	json       bool
}

// opened is an opened registry.
type opened struct {
	config   *config.Config
	database graph.Database
	store    graph.Store
	registry *registry.Registry
	keys     *seal.Keyring
}

func (o *opened) close() error { return o.database.Close() }

func (a *app) load() (*config.Config, error) {
	c, err := config.Load(a.configPath)
	if err != nil {
		return nil, err
	}
	if a.storeFlag != "" {
		if err := config.CheckStore(a.storeFlag); err != nil {
			return nil, &exitError{exitUsage, fmt.Errorf("--store: %w", err)}
		}
		c.Store = a.storeFlag
	}
	return c, nil
}

// openDatabase opens the configured engine.
func openDatabase(ctx context.Context, c *config.Config) (graph.Database, error) {
	if path, ok := c.SQLitePath(); ok {
		return sqlite.Open(ctx, path)
	}
	return postgres.Open(ctx, c.Store)
}

// open opens the tenant's registry; the store must be there.
func (a *app) open(ctx context.Context) (*opened, error) {
	c, err := a.load()
	if err != nil {
		return nil, err
	}
	if path, ok := c.SQLitePath(); ok {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return nil, &exitError{exitUsage, fmt.Errorf("there is no store at %s yet: run karna migrate", path)}
		}
	}
	db, err := openDatabase(ctx, c)
	if err != nil {
		return nil, err
	}
	o, err := openTenant(ctx, c, db)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return o, nil
}

// with opens the registry for f and closes it after.
func (a *app) with(ctx context.Context, f func(*opened) error) (err error) {
	o, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	return f(o)
}

func openTenant(ctx context.Context, c *config.Config, db graph.Database) (*opened, error) {
	keys, err := seal.Load(c.Path(c.Keys))
	if errors.Is(err, os.ErrNotExist) {
		return nil, &exitError{exitUsage, err}
	}
	if err != nil {
		return nil, err
	}
	store, err := db.Tenant(ctx, model.Tenant(c.Tenant.Code))
	if err != nil {
		return nil, fmt.Errorf("open tenant %s in %s: %w", c.Tenant.Code, c.StoreName(), err)
	}
	sources, err := sourcesOf(c)
	if err != nil {
		return nil, err
	}
	rules := map[model.PropertyID][]model.Rule{}
	for name, list := range c.Survivorship {
		p, err := config.ParseProperty(name)
		if err != nil {
			return nil, err
		}
		if rules[p], err = config.ParseRules(list); err != nil {
			return nil, err
		}
	}
	reg, err := registry.New(registry.Options{
		Store: store, Keys: keys, Others: othersIn(db, model.Tenant(c.Tenant.Code)), Sources: sources, Jurisdiction: c.Tenant.Jurisdiction, Rules: rules,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		return nil, &exitError{exitUsage, err} // sources and mappings are configuration
	}
	return &opened{config: c, database: db, store: store, registry: reg, keys: keys}, nil
}

// outdated says what is to be done when golden records are of another form than this
// program makes; "" when they are not.
func (o *opened) outdated(ctx context.Context) (string, error) {
	made, err := o.registry.Outdated(ctx)
	if err != nil || len(made) == 0 {
		return "", err
	}
	return fmt.Sprintf("Golden records were made under another %v, and searches may miss some: run karna rebuild (the next ingest does).", made), nil
}

// othersIn opens the tenants of a database but one.
func othersIn(db graph.Database, but model.Tenant) func(context.Context) (map[model.Tenant]graph.Store, error) {
	return func(ctx context.Context) (map[model.Tenant]graph.Store, error) {
		codes, err := db.Tenants(ctx)
		if err != nil {
			return nil, err
		}
		out := map[model.Tenant]graph.Store{}
		for _, code := range codes {
			if code == but {
				continue
			}
			if out[code], err = db.Tenant(ctx, code); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
}

// sourcesOf makes the configured sources the registry's.
func sourcesOf(c *config.Config) ([]registry.Source, error) {
	var out []registry.Source
	for _, s := range c.Sources {
		format, err := formats.ByName(s.Format)
		if err != nil {
			return nil, &exitError{exitUsage, fmt.Errorf("source %s: %w", s.Name, err)}
		}
		src := registry.Source{
			Name: model.Source(s.Name), Authority: s.Authority, Owner: s.Owner, Purpose: s.Purpose, LegalBasis: s.LegalBasis,
			Retention: s.Retention, Format: format, Full: s.Delivers == "full", Trust: s.Trust,
			KnowsProtection: s.KnowsProtection, DuplicateFree: s.DuplicateFree, MaxRetract: s.MaxRetract, Type: s.Type,
		}
		if s.Disclosure != "" {
			if src.Disclosure, err = model.ParseDisclosure(s.Disclosure); err != nil {
				return nil, err
			}
		}
		if s.Retain != nil {
			src.Retain.FromEnd = s.Retain.From == config.RetainFromEnd
			if src.Retain.Years, src.Retain.Months, src.Retain.Days, err = config.ParseDuration(s.Retain.After); err != nil {
				return nil, err
			}
		}
		if s.Archive != nil {
			src.Hold = s.Archive.Hold
			for _, name := range s.Archive.Kinds {
				kind, err := model.ParseKind(name)
				if err != nil {
					return nil, err
				}
				src.HoldKinds = append(src.HoldKinds, kind)
			}
		}
		for _, name := range s.MasterFor {
			p, err := config.ParseProperty(name)
			if err != nil {
				return nil, err
			}
			src.Masters = append(src.Masters, p)
		}
		if s.Mapping != "" {
			path := c.Path(s.Mapping)
			if src.Mapping, err = os.ReadFile(path); err != nil {
				return nil, &exitError{exitUsage, fmt.Errorf("source %s: read its mapping: %w", s.Name, err)}
			}
		}
		out = append(out, src)
	}
	return out, nil
}

// access is the way to read for callers.
func (o *opened) access() *access.Access {
	sources := map[model.Source]access.Source{}
	for _, s := range o.registry.Sources() {
		sources[s.Name] = access.Source{
			Authority: s.Authority, Disclosure: s.Disclosure, Owner: s.Owner, Purpose: s.Purpose, LegalBasis: s.LegalBasis, Retention: s.Retention,
		}
	}
	sources[ontology.CodeListSource] = access.Source{Authority: "Kärna"}
	return access.New(access.Deps{
		Store: o.store, BaseIRI: o.config.Tenant.BaseIRI, Unsealer: o.registry, Keyer: o.registry, Scoper: o.registry, Hearer: o.registry, Weigher: o.registry, Finder: o.registry, Auditor: o.registry.Audit(), Sources: sources,
		ProofOf: o.registry.ProofOf,
	})
}

// onThisMachine is what the audit has for a purpose where whoever runs the program
// names their own rights and states none.
const onThisMachine = "work on this machine"

// rightsFlags are --as, --scope and --purpose.
type rightsFlags struct {
	role    string
	scopes  []string
	purpose string
}

func (f rightsFlags) rights() (access.Rights, error) {
	role, err := access.ParseRole(f.role)
	if err != nil {
		return access.Rights{}, &exitError{exitUsage, err}
	}
	r := access.Rights{Role: role, Purpose: f.purpose, Standing: onThisMachine, Actor: actor(role)}
	for _, s := range f.scopes {
		scope, err := access.ParseScope(s)
		if err != nil {
			return access.Rights{}, &exitError{exitUsage, err}
		}
		r.Scopes = append(r.Scopes, scope)
	}
	return r, nil
}

// asked are the rights of whoever asks here and now: no later request can state the
// purpose that protected:read needs.
func (f rightsFlags) asked() (access.Rights, error) {
	r, err := f.rights()
	if err == nil && r.Has(access.ProtectedRead) && strings.TrimSpace(r.Purpose) == "" {
		err = &exitError{exitUsage, errors.New("--scope protected:read needs a purpose: say why it is asked with --purpose, which is in the audit")}
	}
	return r, err
}

// actor names who acts through the command line or the loopback server.
func actor(role access.Role) string {
	if u := os.Getenv("USER"); u != "" {
		return u + " (" + role.String() + ", local)"
	}
	return "local " + role.String()
}

// plural is "1 record" or "2 records".
func plural(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%s %ss", thousands(n), one)
}

// thousands groups digits by a space, as Swedish does.
func thousands(n int64) string {
	s := fmt.Sprint(n)
	var b strings.Builder
	for i, c := range s {
		if i > 0 && (len(s)-i)%3 == 0 && s[i-1] != '-' {
			b.WriteRune(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/karna-registry/karna/internal/access"
	serving "github.com/karna-registry/karna/internal/server"
	"github.com/karna-registry/karna/model"
)

// serveSpec says which site to serve.
type serveSpec struct{ Site string }

// serveUntold serves a site as karna does, but that what is shown of persons is
// not told to the audit: what questions cost without it, as other programs answer
// them.
func serveUntold(ctx context.Context, spec serveSpec, out io.Writer) (err error) {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	o, err := open(ctx, spec.Site)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.database.Close()) }()
	sources := map[model.Source]access.Source{}
	for _, s := range o.registry.Sources() {
		sources[s.Name] = access.Source{Authority: s.Authority}
	}
	s, err := serving.New(serving.Config{
		Access: access.New(access.Deps{
			Store: o.store, BaseIRI: o.config.Tenant.BaseIRI, Keyer: o.registry, Scoper: o.registry, Unsealer: o.registry, Auditor: access.Unaudited, Sources: sources,
		}),
		Rights: access.Rights{Role: access.Reader, Scopes: []access.Scope{access.RestrictedRead, access.IdentifierLookup}, Actor: "bench", Purpose: "benchmark"},
		Name:   o.config.Tenant.Name, BaseIRI: o.config.Tenant.BaseIRI,
	})
	if err != nil {
		return err
	}
	l, err := serving.Listen(ctx, "127.0.0.1:0")
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, "Serving on http://%s\n", l.Addr()); err != nil {
		return err
	}
	if err := s.Serve(ctx, l); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// The collector's settings of karna serve.
var collector = []string{"GOGC=400", "GOMEMLIMIT=72MiB"}

// serveUntold starts the child that serves.
func (s *site) serveUntold(ctx context.Context) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	cmd := command(ctx, self, childCommand, "serve", fmt.Sprintf(`{"Site":%q}`, s.dir))
	cmd.Env = append(cmd.Env, collector...)
	return startServer(ctx, cmd, firstQuestion)
}

// idsSpec asks for ids of a kind from all over a site's store.
type idsSpec struct {
	Site string
	Kind model.Kind
	Most int
}

func idsOf(ctx context.Context, spec idsSpec) (ids []string, err error) {
	o, err := open(ctx, spec.Site)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, o.database.Close()) }()
	var all []model.EntityID
	for g, err := range o.store.Scan(ctx, spec.Kind, 0) {
		if err != nil {
			return nil, err
		}
		all = append(all, g.ID)
	}
	for i := range min(spec.Most, len(all)) {
		ids = append(ids, all[i*len(all)/min(spec.Most, len(all))].String())
	}
	return ids, nil
}

package registry_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/model"
)

// locked is a store that another process writes to.
type locked struct{ graph.Store }

func (locked) Update(context.Context, graph.Provenance, func(graph.Tx) error) (model.Revision, error) {
	return 0, fmt.Errorf("update: %w", graph.ErrLocked)
}

func (locked) UpdateAhead(context.Context, graph.Provenance, graph.Ahead, func(graph.Tx) error) (model.Revision, error) {
	return 0, fmt.Errorf("update: %w", graph.ErrLocked)
}

// A file is not said to be broken when it is the store that could not be written to.
func TestADeliveryToALockedStoreIsStoppedAndNotBroken(t *testing.T) {
	s := newStaff(t)
	s.whole(personMapping, five...)
	s.store = locked{s.store}
	d, err := s.deliver(familyMapping, registry.Request{Reader: strings.NewReader("id;namn\n" + strings.Join(five, "\n") + "\n")})
	if !errors.Is(err, graph.ErrLocked) || d.State != graph.Stopped {
		t.Errorf("the delivery is %s, with %v", d.State, err)
	}
}

// What is wrong in the configuration is no delivery: nothing was read, nothing is stored.
func TestAWrongMappingMakesNoDelivery(t *testing.T) {
	s := newStaff(t)
	s.whole(personMapping, five...)
	for what, mapping := range map[string]string{
		"property": strings.Replace(personMapping, "givenName", "gvenName", 1),
		"scheme":   strings.Replace(personMapping, "property: givenName", "property: identifier, scheme: personnumer", 1),
	} {
		d, err := s.deliver(mapping, registry.Request{Reader: strings.NewReader("id;namn\n")})
		if !errors.Is(err, ingest.ErrConfiguration) || d.State != "" {
			t.Errorf("a wrong %s: %+v, %v", what, d, err)
		}
	}
	// The file is another matter: it may not be the one that the mapping is for.
	if d, err := s.deliver(personMapping, registry.Request{Reader: strings.NewReader("id;efternamn\n")}); err == nil || errors.Is(err, ingest.ErrConfiguration) || d.State != graph.Broken {
		t.Errorf("a column that is missing: %+v, %v", d, err)
	}
	n := 0
	for _, err := range s.store.Deliveries(t.Context(), "staff", 10) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 2 {
		t.Errorf("%d deliveries are stored, want the first and the one of another file", n)
	}
}

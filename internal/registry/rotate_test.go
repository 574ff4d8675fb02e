package registry_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// unsealsAll reads every identifier of every golden person, and counts them.
func unsealsAll(w *world) (n int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return strings.Count(w.canonical(panicking{}), "identifier={personnummer 1"), nil
}

type panicking struct{}

func (panicking) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func TestKeysRotateBesideReadersAndWriters(t *testing.T) {
	onBoth(t, func(t *testing.T, db graph.Database) {
		ctx := t.Context()
		path := filepath.Join(t.TempDir(), "keys.json")
		made, err := seal.Generate()
		if err != nil {
			t.Fatal(err)
		}
		if err := made.Save(path); err != nil {
			t.Fatal(err)
		}
		store, err := db.CreateTenant(ctx, "00001")
		if err != nil {
			t.Fatal(err)
		}
		// Two processes: each has read the file for itself.
		process := func() (*world, *seal.Keyring) {
			k, err := seal.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			return &world{store: store, registry: registryWith(t, store, k, worldMapping)}, k
		}
		serving, served := process()
		rotating, keys := process()
		registry.RotateEvery(rotating.registry, 2)
		var rows []event
		for i := range 20 {
			rows = append(rows, event{"a", serving.row("P", fmt.Sprint("P", i), i, worldNumbers[i%len(worldNumbers)], "")})
		}
		serving.deliverRows(t, "a", rows)
		serving.deliverRows(t, "a", []event{{"a", "P;;2024-01-01T00:00:00Z;;189001019802;;;;;;;;;"}}) // without a key: quarantined
		want, err := unsealsAll(serving)
		if err != nil || want == 0 {
			t.Fatal(want, err)
		}

		asked, err := serving.registry.OpenCase(ctx, registry.RectifyRequest{
			Subject: serving.golden(t, "a", "P1", model.Person), Property: ontology.PersonFamilyName, Source: "a", Wrong: "x", Right: "y", Evidence: "folkbokföringen", Actor: "Åsa",
		})
		if err != nil {
			t.Fatal(err)
		}

		// Cut off after the first batch, and begun again.
		cut, stop := context.WithCancel(ctx)
		if _, err := rotating.registry.RotateKeys(cut, "Åsa", func(int64) { stop() }); !errors.Is(err, context.Canceled) {
			t.Fatalf("cut off: %v", err)
		}
		if n, err := unsealsAll(serving); n != want || err != nil {
			t.Errorf("half rotated, the other process reads %d identifiers, %v; want %d", n, err, want)
		}
		var done sync.WaitGroup
		end := make(chan struct{})
		done.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-end:
					return
				default:
				}
				w, err := unsealsAll(serving)
				if w < want || err != nil {
					t.Errorf("while keys are rotated %d identifiers are read, %v", w, err)
					return
				}
				serving.deliverRows(t, "b", []event{{"b", serving.row("P", fmt.Sprint("Q", i), i, worldNumbers[i%len(worldNumbers)], "")}})
			}
		})
		rotation, err := rotating.registry.RotateKeys(ctx, "Åsa", nil)
		close(end)
		done.Wait()
		if err != nil || rotation.Key != 2 || rotation.Sealed == 0 || rotation.Quarantined != 1 || rotation.Cases != 1 {
			t.Fatalf("rotated %+v, %v", rotation, err)
		}
		if n := len(keys.Keys()); n != 2 {
			t.Errorf("%d keys after one rotation that was cut off", n)
		}
		// What the other process sealed before it knew of the key is done by running it again.
		_, sealed, err := keys.Seal([16]byte{1}, []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := served.Open([16]byte{1}, 2, sealed); err != nil || served.Current() != 2 {
			t.Errorf("the other process seals with key %d, %v", served.Current(), err)
		}
		if under, err := store.CountSealed(ctx, 1); err != nil {
			t.Fatal(err)
		} else if under > 0 {
			if _, err := rotating.registry.RotateKeys(ctx, "Åsa", nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := rotating.registry.RetireKey(ctx, "Åsa", 1); !errors.Is(err, registry.ErrKeyInUse) {
			t.Errorf("a key is retired at once: %v", err)
		}
		registry.SettledAfter(rotating.registry, 0)
		if err := rotating.registry.RetireKey(ctx, "Åsa", 2); !errors.Is(err, registry.ErrKeyInUse) && !errors.Is(err, seal.ErrCurrent) {
			t.Errorf("the key that encrypts is retired: %v", err)
		}
		if err := rotating.registry.RetireKey(ctx, "Åsa", 1); err != nil {
			t.Errorf("retire: %v", err)
		}
		fresh, _ := process()
		if n, err := unsealsAll(fresh); n < want || err != nil {
			t.Errorf("with the new key alone %d identifiers are read, %v", n, err)
		}
		if n := len(must(seal.Load(path)).Keys()); n != 1 {
			t.Errorf("%d keys are left", n)
		}
		if done, err := fresh.registry.RetryQuarantine(ctx, registry.Retry{}); err != nil || len(done) != 1 {
			t.Errorf("the quarantine opens: %v, %v", done, err)
		}
		if c, err := fresh.registry.Case(ctx, asked.ID); err != nil || c.Evidence != "folkbokföringen" {
			t.Errorf("the case opens as %+v, %v", c, err)
		}
		found := 0
		for range store.MatchKeys(ctx, must(fresh.registry.IdentifierKeys(model.Person, model.Personnummer, worldNumbers[0], false))) {
			found++
		}
		if found == 0 {
			t.Error("a personal number is not found any more")
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

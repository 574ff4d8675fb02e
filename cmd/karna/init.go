package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/karna-registry/karna/internal/config"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/model"
)

func newInit(a *app) *cobra.Command {
	var code, name, base, jurisdiction string
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make a commented karna.yaml, its keys and an empty store",
		Example: `  karna init --code 0136 --name "Haninge kommun" --base https://data.haninge.example
  karna init -c /srv/karna --code 0136 --name "Haninge kommun" --base https://data.haninge.example --store postgres://karna@localhost/karna
  karna init --code 478 --name "Mariehamns stad" --jurisdiction AX --base https://data.mariehamn.example`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			store := a.storeFlag
			if store == "" {
				store = "sqlite:karna.db"
			} else if err := config.CheckStore(store); err != nil {
				return &exitError{exitUsage, fmt.Errorf("--store: %w", err)}
			}
			path, err := writeConfig(a.configPath, config.Template(code, strconv.Quote(name), jurisdiction, base, store))
			if err != nil {
				return err
			}
			c, err := config.Load(path)
			if err != nil {
				return errors.Join(err, os.Remove(path))
			}
			if _, err := ensureStore(cmd.Context(), c); err != nil {
				return err
			}
			if err := ensureKeys(cmd.Context(), c); err != nil {
				return err
			}
			if a.json {
				return printJSON(cmd.OutOrStdout(), initJSON{path, c.Path(c.Keys), c.StoreName(), c.Tenant.Code})
			}
			fmt.Fprintf(cmd.OutOrStdout(), "Wrote %s and its keys, and made an empty store in %s.\nNext: declare the sources in karna.yaml, then karna ingest.\n", path, c.StoreName())
			return nil
		},
	}
	cmd.Flags().StringVar(&code, "code", "", "municipality code, such as 0136 (mandatory)")
	cmd.Flags().StringVar(&name, "name", "", "the municipality's name (mandatory)")
	cmd.Flags().StringVar(&jurisdiction, "jurisdiction", "SE", "SE, or AX for Åland: what personal numbers, protection words, telephone numbers, addresses and coordinates are read as")
	cmd.Flags().StringVar(&base, "base", "", "base IRI of every golden record (mandatory; never change it later)")
	for _, f := range []string{"code", "name", "base"} {
		if err := cmd.MarkFlagRequired(f); err != nil {
			panic(err)
		}
	}
	return cmd
}

// initJSON is what karna init has made, as --json gives it.
type initJSON struct {
	Config string `json:"config"` // the path of karna.yaml
	Keys   string `json:"keys"`   // of the keyring, unless the environment holds one
	Store  string `json:"store"`  // without a password
	Tenant string `json:"tenant"` // the municipality's code
}

// writeConfig writes text as karna.yaml in dir (or as the file dir names); it
// never overwrites one.
func writeConfig(dir, text string) (string, error) {
	path := dir
	if filepath.Ext(path) != ".yaml" {
		path = filepath.Join(dir, config.FileName)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return "", fmt.Errorf("make the directory of %s: %w", path, err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if errors.Is(err, os.ErrExist) {
		return "", &exitError{exitUsage, fmt.Errorf("%s is there already: edit it, or name another directory with --config", path)}
	}
	if err != nil {
		return "", fmt.Errorf("write the configuration: %w", err)
	}
	_, err = f.WriteString(text)
	return path, errors.Join(err, f.Close())
}

// ensureKeys makes the keyring unless it is there or in the environment. It
// makes none for a store that holds something: new keys could not read it.
func ensureKeys(ctx context.Context, c *config.Config) (err error) {
	path := c.Path(c.Keys)
	if _, err := os.Stat(path); err == nil || os.Getenv(seal.EnvKeys) != "" {
		return nil
	}
	db, err := openDatabase(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	store, err := db.Tenant(ctx, model.Tenant(c.Tenant.Code))
	if err != nil {
		return fmt.Errorf("open tenant %s in %s: %w", c.Tenant.Code, c.StoreName(), err)
	}
	rev, err := store.Revision(ctx)
	if err != nil {
		return fmt.Errorf("read the revision: %w", err)
	}
	if loading, err := store.Loading(ctx); err != nil || loading || rev > 0 {
		return errors.Join(err, &exitError{exitUsage, fmt.Errorf("%s is missing, and %s holds what only its keys can read: restore the keys from their copy", path, c.StoreName())})
	}
	keys, err := seal.Generate()
	if err != nil {
		return err
	}
	return keys.Save(path)
}

// ensureStore brings the schema up to date and makes the tenant. It reports the
// migrations that it applied.
func ensureStore(ctx context.Context, c *config.Config) (applied []string, err error) {
	db, err := openDatabase(ctx, c)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if applied, err = db.Migrate(ctx); err != nil {
		return nil, fmt.Errorf("migrate %s: %w", c.StoreName(), err)
	}
	if _, err := db.CreateTenant(ctx, model.Tenant(c.Tenant.Code)); err != nil {
		return nil, fmt.Errorf("make tenant %s in %s: %w", c.Tenant.Code, c.StoreName(), err)
	}
	return applied, nil
}

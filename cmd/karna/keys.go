package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/karna-registry/karna/internal/access"
)

func newKeys(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "List, rotate and retire the keys that personal identifiers are encrypted with",
		Long: `Personal identifiers, quarantined items and cases of rectification lie encrypted in the store, and the keys in keys.json.
rotate adds a key and encrypts everything with it, in batches, while the registry is served and
written to; servers read keys.json again by themselves. rotate --index puts the keyed hashes that
things are found by under a new key: both when keys.json has been read by others. Copy keys.json before and after: what is
under a key that is lost is lost. retire takes out a key that nothing is under any more.`,
		Example: `  karna keys list
  karna keys rotate
  karna keys rotate --index
  karna keys retire 1`,
	}
	cmd.AddCommand(newKeysList(a), newKeysRotate(a), newKeysRetire(a))
	return cmd
}

// keyOf is a key as it is listed.
type keyOf struct {
	ID      uint32    `json:"id"`
	Current bool      `json:"current"`
	Since   time.Time `json:"since,omitzero"`
	Values  int64     `json:"values"` // under it
}

func newKeysList(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the keys and how much each has encrypted; never what they are",
		Example: "  karna keys list --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), func(o *opened) error {
				under, err := o.registry.SealedByKey(cmd.Context())
				if err != nil {
					return err
				}
				keys := []keyOf{}
				for _, k := range o.keys.Keys() {
					keys = append(keys, keyOf{k.ID, k.Current, k.Since, under[k.ID]})
				}
				if a.json {
					return printJSON(cmd.OutOrStdout(), keys)
				}
				for _, k := range keys {
					line := fmt.Sprintf("key %d: %s", k.ID, plural(k.Values, "value"))
					if !k.Since.IsZero() {
						line += ", since " + k.Since.Format(time.RFC3339)
					}
					if k.Current {
						line += ", encrypts"
					}
					fmt.Fprintln(cmd.OutOrStdout(), line)
				}
				return nil
			})
		},
	}
}

func newKeysRotate(a *app) *cobra.Command {
	var index, prepare bool
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Add a key and encrypt everything with it, or make the stored hashes anew; run again, one that was cut off goes on",
		Long: `The new key is in keys.json before anything is encrypted with it, and the former stay until they
are retired, so nothing that is read or written meanwhile fails. Processes on other computers need
the new keys.json before they write again.

With --index the key is changed that the keyed hashes lie under by which personal identifiers and
deliveries are found again. Everything is put under the new key in one transaction, and the former
is taken out of keys.json. Whoever has read the former and copies the store then can check no guess
at a number. Reading goes on and finds what it found; what writes waits meanwhile, on SQLite looking
up an identifier too, for it is logged; a delivery under way fails and is to be run again. The index of kinds that
are matched is then written anew, as karna resolve does. Processes on other computers need the new
keys.json before the transaction: --prepare only adds the key, so that it can be copied to them.`,
		Example: `  karna keys rotate
  karna keys rotate --index --prepare
  karna keys rotate --index`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if prepare && !index {
				return &exitError{exitUsage, errors.New("--prepare goes with --index")}
			}
			return a.with(cmd.Context(), func(o *opened) error {
				switch {
				case prepare:
					return a.prepareIndex(cmd, o)
				case index:
					return a.rotateIndex(cmd, o)
				}
				return a.rotateKeys(cmd, o)
			})
		},
	}
	cmd.Flags().BoolVar(&index, "index", false, "change the key of the stored hashes")
	cmd.Flags().BoolVar(&prepare, "prepare", false, "with --index: only add the key, to be copied to other computers")
	return cmd
}

func (a *app) rotateKeys(cmd *cobra.Command, o *opened) error {
	steps := newSteps(cmd.ErrOrStderr())
	done, err := o.registry.RotateKeys(cmd.Context(), actor(access.Admin), func(n int64) { steps.show("encrypted", n, 0) })
	steps.done()
	if err != nil {
		return err
	}
	if a.json {
		return printJSON(cmd.OutOrStdout(), done)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "key %d encrypts; %s, %s and %s were encrypted anew\n",
		done.Key, plural(done.Sealed, "value"), plural(done.Quarantined, "quarantined item"), plural(done.Cases, "case"))
	return err
}

func (a *app) prepareIndex(cmd *cobra.Command, o *opened) error {
	id, err := o.registry.AddHashKey(cmd.Context(), actor(access.Admin))
	if err != nil {
		return err
	}
	if a.json {
		return printJSON(cmd.OutOrStdout(), map[string]uint32{"key": id})
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "hash key %d is in keys.json, and nothing is under it: copy the file, then run karna keys rotate --index\n", id)
	return err
}

func (a *app) rotateIndex(cmd *cobra.Command, o *opened) error {
	steps := newSteps(cmd.ErrOrStderr())
	done, err := o.registry.RotateHashKey(cmd.Context(), actor(access.Admin), func(step string, n int64) { steps.show(step, n, 0) })
	steps.done()
	if err != nil {
		return err
	}
	if a.json {
		return printJSON(cmd.OutOrStdout(), done)
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "stored hashes are under hash key %d: of %s, %s, %s, %s and %s\n", done.Key, plural(done.Items, "record"),
		plural(done.Keys, "matching key"), plural(done.Sealed, "value"), plural(done.Quarantined, "quarantined item"), plural(done.Tombstones, "tombstone"))
	for _, kind := range done.Matched {
		fmt.Fprintf(out, "the key index of %s was written anew\n", kind)
	}
	for _, where := range done.Remains {
		fmt.Fprintf(out, "former hashes may be in %s\n", where)
	}
	if len(done.KeptFor) > 0 {
		_, err = fmt.Fprintf(out, "keys.json keeps the former hash key: of the same store the hashes of %v are under it, with the same keyring; run karna keys rotate --index with the karna.yaml of each, then here again\n", done.KeptFor)
		return err
	}
	_, err = fmt.Fprintln(out, "keys.json has no former hash key; copies of it, and backups of the store, belong together")
	return err
}

func newKeysRetire(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "retire ID",
		Short:   "Take a key out of keys.json that nothing is under any more",
		Long:    "A backup of the store from before the rotation needs the key: keep it with that backup, or let the backup go.",
		Example: "  karna keys retire 1",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseUint(args[0], 10, 32)
			if err != nil {
				return &exitError{exitUsage, fmt.Errorf("key %q: want its number, as karna keys list shows it", args[0])}
			}
			return a.with(cmd.Context(), func(o *opened) error {
				if err := o.registry.RetireKey(cmd.Context(), actor(access.Admin), uint32(id)); err != nil {
					return err
				}
				if a.json {
					return printJSON(cmd.OutOrStdout(), map[string]uint64{"retired": id})
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "key %d is retired\n", id)
				return err
			})
		},
	}
}

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// answered decodes what a command prints with --json, which is all that it prints.
func answered(t *testing.T, into any, args ...string) {
	t.Helper()
	out := karna(t, t.TempDir(), append(args, "--json")...)
	if err := json.Unmarshal([]byte(out), into); err != nil {
		t.Fatalf("%v prints %.300s: %v", args, out, err)
	}
}

func TestTheDemoAnswersInJSON(t *testing.T) {
	dir := t.TempDir()
	type answer struct {
		Deliveries []struct {
			Source string
			Counts struct{ Added, Unchanged int64 }
		}
		Office *struct {
			ID, Record, Decision string
			Revision             int64
		}
		Status struct {
			Revision int64
			Golden   map[string]int64
		}
	}
	var first, again answer
	answered(t, &first, "demo", "--once", "--data", dir)
	if n := len(first.Deliveries); n != 11 || first.Deliveries[0].Source != "geografi" || first.Deliveries[0].Counts.Added != 84 {
		t.Errorf("%d deliveries: %+v", n, first.Deliveries)
	}
	if first.Office == nil || first.Office.Record != "FV-001" || first.Office.Revision != first.Status.Revision || first.Status.Golden["person"] != 178 {
		t.Errorf("the office is %+v, the status %+v", first.Office, first.Status)
	}
	answered(t, &again, "demo", "--once", "--data", dir)
	if again.Office != nil || again.Status.Revision != first.Status.Revision || again.Deliveries[0].Counts.Unchanged != 84 {
		t.Errorf("the second time: %+v", again)
	}
}

func TestInitAnswersInJSON(t *testing.T) {
	dir := t.TempDir()
	var made map[string]string
	answered(t, &made, "init", "-c", dir, "--code", "0136", "--name", "Haninge kommun", "--base", "https://data.haninge.example")
	if made["tenant"] != "0136" || made["store"] != "sqlite:"+filepath.Join(dir, "karna.db") {
		t.Errorf("%v", made)
	}
	for _, file := range []string{made["config"], made["keys"]} {
		if _, err := os.Stat(file); err != nil || !slices.Contains([]string{"karna.yaml", "keys.json"}, filepath.Base(file)) {
			t.Errorf("%q: %v", file, err)
		}
	}
}

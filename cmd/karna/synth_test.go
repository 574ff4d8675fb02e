package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func rowsOf(t *testing.T, path string) []string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

func TestSynthWritesTheTruthBesideOrInside(t *testing.T) {
	dir := t.TempDir()
	karna(t, dir, "synth", "--records", "500", "--out", "in.csv")
	karna(t, dir, "synth", "--records", "500", "--truth", "separate", "--out", "out.csv")
	in, out, truth := rowsOf(t, filepath.Join(dir, "in.csv")), rowsOf(t, filepath.Join(dir, "out.csv")), rowsOf(t, filepath.Join(dir, "out.truth.csv"))
	if len(in) != 501 || len(out) != 501 || len(truth) != 501 {
		t.Fatalf("%d, %d and %d lines, want a header and 500", len(in), len(out), len(truth))
	}
	for i := range in {
		entity := in[i][strings.LastIndex(in[i], ",")+1:]
		if in[i] != out[i]+","+entity || !strings.HasSuffix(truth[i], ","+entity) {
			t.Fatalf("line %d: %q is not %q with the truth %q", i, in[i], out[i], truth[i])
		}
	}
}

func TestSynthWritesTwoFilesToLink(t *testing.T) {
	dir := t.TempDir()
	said := karna(t, dir, "--json", "synth", "--set", "febrl", "--link", "--records", "501", "--out", "f.csv")
	var told synthJSON
	if err := json.Unmarshal([]byte(said), &told); err != nil {
		t.Fatal(err)
	}
	if told.Records != 501 || len(told.Files) != 2 || len(told.Errors) == 0 {
		t.Errorf("it says %s", said)
	}
	a, b := rowsOf(t, filepath.Join(dir, "f.csv")), rowsOf(t, filepath.Join(dir, "f.b.csv"))
	if len(a) != 252 || len(b) != 251 || !strings.Contains(a[1], "-org, ") || !strings.Contains(b[1], "-dup-0, ") {
		t.Errorf("%d and %d lines, first %q and %q", len(a), len(b), a[1], b[1])
	}
}

func TestSynthSaysWhatIsWrong(t *testing.T) {
	for _, args := range [][]string{
		{"--set", "swedisch"}, {"--records", "-1"}, {"--truth", "none"}, {"--truth", "separate"}, {"--link", "--out", "x.csv"}, {"--set", "febrl", "--link"}, {"--json"},
		{"--records", "41000000"},
	} {
		var ended *exec.ExitError
		if err := command(t, t.TempDir(), append([]string{"synth"}, args...)...).Run(); !errors.As(err, &ended) || ended.ExitCode() != exitUsage {
			t.Errorf("karna synth %s: %v, want exit code %d", strings.Join(args, " "), err, exitUsage)
		}
	}
}

func TestSynthLeavesNoHalfFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "half.csv")
	if err := os.WriteFile(path, []byte("before\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := command(t, dir, "synth", "--records", "40000000", "--out", "half.csv")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for begun := false; !begun; {
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			info, err := f.Info()
			begun = begun || err == nil && info.Size() > 100
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	var ended *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &ended) || ended.ExitCode() != exitInterrupted {
		t.Errorf("interrupted, it ended with %v", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "before\n" {
		t.Errorf("what was there before is %.20q, %v", text, err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("half a set is there: %v, %v", files, err)
	}
}

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/spf13/cobra"
)

// readme is README.md as it is.
func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash("../../README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	// tableRow is a row of a table, with its first cell.
	tableRow = regexp.MustCompile(`(?m)^\| (.+?) \|`)
	code     = regexp.MustCompile("`([^`]+)`")
)

// TestTheReadmesCommandsAreTheProgramsCommands finds every command of README's tables in
// the program, and every command of the program in a table.
func TestTheReadmesCommandsAreTheProgramsCommands(t *testing.T) {
	named := map[string]bool{}
	for _, row := range tableRow.FindAllStringSubmatch(readme(t), -1) {
		var last *cobra.Command
		for _, c := range code.FindAllStringSubmatch(row[1], -1) {
			line := strings.Replace(c[1], "go run ./cmd/karna", "karna", 1)
			args := strings.Fields(line)
			switch {
			case args[0] == "karna":
				found, rest, err := newRoot().Find(args[1:])
				if err == nil {
					err = found.ParseFlags(rest)
				}
				if err == nil && found.HasSubCommands() {
					err = found.ValidateArgs(found.Flags().Args())
				}
				if err != nil {
					t.Errorf("README names %s: %v", line, err)
					continue
				}
				last = found
			case last == nil:
				continue // of another table
			default: // what stands beside the command before
				i := slices.IndexFunc(last.Parent().Commands(), func(c *cobra.Command) bool { return c.Name() == args[0] })
				if i < 0 {
					t.Errorf("README names %s beside %s, and there is none", args[0], last.CommandPath())
					continue
				}
				last = last.Parent().Commands()[i]
			}
			named[last.CommandPath()] = true
		}
	}
	if len(named) < 30 {
		t.Fatalf("found %d commands in README: its tables are not read", len(named))
	}
	// By the way there, not in the table of what is done with one's own data.
	if strings.Contains(readme(t), "./karna init ") {
		named["karna init"] = true
	}
	for _, c := range commands(newRoot()) {
		if c.HasSubCommands() && c.Name() != "match" {
			continue // it is named by those below it
		}
		if !named[c.CommandPath()] {
			t.Errorf("README has no %s in its table", c.CommandPath())
		}
	}
}

// TestTheReadmeShowsWhatTheDemoPrints holds README's sample of the demo's end against what
// the flow holds the demo itself against.
func TestTheReadmeShowsWhatTheDemoPrints(t *testing.T) {
	_, after, _ := strings.Cut(readme(t), "The demo ends with this")
	_, shown, _ := strings.Cut(after, "\n```\n")
	shown, _, ok := strings.Cut(shown, "```\n")
	if !ok || strings.Count(shown, "\n") < 10 {
		t.Fatalf("README shows no output of the demo: %q", shown)
	}
	flow, err := txtar.ParseFile(filepath.FromSlash("../../testdata/flows/demo.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(flow.Files, func(f txtar.File) bool { return f.Name == "summary.txt" })
	if i < 0 {
		t.Fatal("the flow has no summary.txt")
	}
	if printed := string(flow.Files[i].Data); !strings.HasSuffix(printed, "\n"+shown) {
		t.Errorf("README shows\n%s\nand the demo prints\n%s", shown, printed)
	}
}
